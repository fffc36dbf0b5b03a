"""A hundred and more texts for the fields of a catalog, each of which a careless page would obey instead of showing.

What is obeyed shows itself: an element whose whole text is `MARK`, an attribute `data-hostile`, a call of `FOREIGN`, a
skull made of a shortcode or icon, or `window.hostile`.
"""

from __future__ import annotations

from tests.dashboard.hostile import HOSTILE

MARK = "obeyedmark"
FOREIGN = "evil.example"
LINKED = "linked.example"  # of addresses, which may be links but must not be called
_RUN = "window.hostile=1"
_LONG = 260

MARKDOWN = (
    f"![{MARK}](https://{FOREIGN}/a.png)",
    f"![{MARK}](//{FOREIGN}/b.png)",
    f"![{MARK}][ref]\n\n[ref]: https://{FOREIGN}/c.png",
    f"[![{MARK}](https://{FOREIGN}/d.png)](https://{FOREIGN})",
    f"[{MARK}](https://{FOREIGN})",
    f"[{MARK}](javascript:{_RUN})",
    f"[{MARK}](JaVaScRiPt&colon;{_RUN})",
    f"[{MARK}](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    f"[{MARK}](vbscript:msgbox(1))",
    f"<https://{FOREIGN}/auto>",
    f"**{MARK}**",
    f"__{MARK}__",
    f"*{MARK}*",
    f"~~{MARK}~~",
    f"`{MARK}`",
    f"```\n{MARK}\n```",
    f"# {MARK}",
    f"{MARK}\n===",
    f"> {MARK}",
    f"- {MARK}",
    f"1) {MARK}",
    f"- [ ] {MARK}",
    f"| {MARK} | b |\n|---|---|\n| {MARK} | d |",
    f"x[^1]\n\n[^1]: {MARK}",
    f"a\n\n    {MARK}",
    f"a  \n{MARK}",
)
STREAMLIT = (
    f":red[{MARK}]",
    f":blue-background[{MARK}]",
    f":green-badge[{MARK}]",
    f":small[{MARK}]",
    f":gray[:rainbow[{MARK}]]",
    f':color[{MARK}]{{foreground="red"}}',
    f":shimmer[{MARK}]",
    ":skull: :material/skull: :streamlit:",
    f":orange[![x](https://{FOREIGN}/e.png)]",
    f"](https://{FOREIGN}) **{MARK}** [",
    f"** **{MARK}** **",
    f"</b>**{MARK}**",
)
LATEX = (
    rf"$\href{{https://{FOREIGN}}}{{{MARK}}}$",
    rf"$$\includegraphics[height=9em]{{https://{FOREIGN}/f.png}}$$",
    rf"\url{{https://{FOREIGN}}}",
    rf"\href{{javascript:{_RUN}}}{{{MARK}}}",
    rf"\text{{x}}$$ ![{MARK}](https://{FOREIGN}/g.png) $$",
    f"x\n$$\n![{MARK}](https://{FOREIGN}/h.png)\n\n# {MARK}\n\n$$\ny",
    f"x$$\n\n<b data-hostile>{MARK}</b>\n\n$$",
    r"\rule{4000em}{4000em}",
    r"\hspace{900em}x\kern-900em",
    r"\def\a{\a\a}\a",
    r"\newcommand{\x}{\x\x}\x",
    rf"\htmlClass{{{MARK}}}{{x}}\htmlStyle{{position:fixed;inset:0}}{{x}}\htmlData{{hostile=1}}{{x}}",
    r"\color{red}\colorbox{red}{x}\fcolorbox{red}{red}{x}",
    r"\raisebox{500em}{x}\Huge x",
    r"\begin{array}{c}" + r"x\\" * 60 + r"\end{array}",
    "{" * 120 + "x" + "}" * 120,
    r"\frac{1}{2",
    r"x % \end{equation}",
    r"\input{/etc/passwd}\write18{id}",
)
HTML = (
    f"<img data-hostile src=x onerror={_RUN}>",
    f'<img data-hostile src="https://{FOREIGN}/i.png">',
    f"<svg data-hostile onload={_RUN}>",
    f'<svg><image data-hostile href="https://{FOREIGN}/j.png"/></svg>',
    f"<script>{_RUN}</script>",
    f"</script><script>{_RUN};alert(1)</script>",
    f'<iframe data-hostile src="https://{FOREIGN}"></iframe>',
    f'<iframe data-hostile srcdoc="<script>parent.{_RUN}</script>"></iframe>',
    f'<object data-hostile data="https://{FOREIGN}/k.swf"></object><embed data-hostile src="https://{FOREIGN}/l">',
    f'<link data-hostile rel=stylesheet href="https://{FOREIGN}/m.css">',
    f"<style data-hostile>@import url(https://{FOREIGN}/n.css);*{{display:none}}</style>",
    f'<meta data-hostile http-equiv=refresh content="0;url=https://{FOREIGN}">',
    f'<base data-hostile href="https://{FOREIGN}/">',
    f'<form data-hostile action="https://{FOREIGN}"><button>{MARK}</button></form>',
    f"<details data-hostile open ontoggle={_RUN}>",
    f"<input data-hostile autofocus onfocus={_RUN}>",
    f'<a data-hostile href="javascript:{_RUN}">{MARK}</a>',
    f'<div data-hostile style="position:fixed;inset:0;background:red;z-index:99999">{MARK}</div>',
    f'"><b data-hostile>{MARK}</b>',
    f"' data-hostile onmouseover='{_RUN}",
    f'" data-hostile onmouseover="{_RUN}" x="',
    f"--><b data-hostile>{MARK}</b><!--",
    f"]]><b data-hostile>{MARK}</b>",
    f"</title></textarea></td></table><b data-hostile>{MARK}</b>",
    f"&lt;b data-hostile&gt;{MARK}&lt;/b&gt;",
    f"&#60;img data-hostile src=x onerror={_RUN}&#62;",
    f"<math data-hostile><mtext><img data-hostile src=x onerror={_RUN}></mtext></math>",
    f"<video data-hostile><source onerror={_RUN}></video>",
)
PLOTLY = (
    f'<a href="https://{FOREIGN}">{MARK}</a>',
    f'<a href="javascript:{_RUN}">{MARK}</a>',
    f"<b>{MARK}</b><i>{MARK}</i>",
    f"<sup>{MARK}</sup><sub>{MARK}</sub>",
    f'<span style="font-size:900px;fill:red">{MARK}</span>',
    f"a<br>{MARK}<br>b",
    f"<extra>{MARK}</extra>",
    "%{x} %{y} %{label} %{customdata[0]} %{text}",
    f"&lt;b&gt;{MARK}&lt;/b&gt; &mu; &times; &#x3c;i&#x3e;",
)
FILES = (
    "=1+1",
    f'=HYPERLINK("https://{FOREIGN}","x")',
    "@SUM(A1:A9)",
    "+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "\t=1+1",
    "}, title={x}}\n@misc{evil, note={y}}",
    '"; DROP TABLE entry; --',
    "a,b\r\nc;d\te",
)
CHARACTERS = (
    "\u202egnp.live\u202c \u2066hidden\u2069 \u200fright",
    "zero\u200bwidth\u200cjoiner\u200d\ufeff soft\u00adhyphen",
    "\x00nul \x07bell \x1b[31mred\x1b[0m \x7fdel",
    "\u2028line\u2029paragraph\u0085next\x0bvertical\x0cform",
    "Z" + "\u0335\u0321\u0357\u0489" * 40 + "algo",
    "\ufdfd" * 12 + " \U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466 \U0001f1e9\U0001f1ea",
    "W" * _LONG,
    "/".join(["x" * 12] * 24),
    "\u3000wide\u3000blanks\u3000" + "\u6f22" * 80,
)
TEMPLATES = (
    "{{7*7}} ${7*7} #{7*7} <%= 7*7 %> {%raw%}",
    "{0} {0.__class__} {name!r} %s %(x)s %n",
    "$HOME `id` $(id) && rm -rf / ; %COMSPEC%",
    "../../../../etc/passwd",
    "\\\\host\\share C:\\Windows",
    f"javascript:{_RUN}",
    f"data:text/html,<script>{_RUN}</script>",
    f"//{FOREIGN}/o.png",
    f"www.{FOREIGN} me@{FOREIGN} https://{FOREIGN}/p",
    "null",
    "__proto__",
)
PAYLOADS: tuple[str, ...] = tuple(
    dict.fromkeys((*MARKDOWN, *STREAMLIT, *LATEX, *HTML, *PLOTLY, *FILES, *CHARACTERS, *TEMPLATES, *HOSTILE))
)
ADDRESSES = (
    f"https://{LINKED}/a",
    f'https://{LINKED}/"onmouseover="{_RUN}',
    f"https://{LINKED}/)![x](https://{FOREIGN}/q.png)",
    f"https://{LINKED}/'><img/data-hostile/src=x/onerror={_RUN}>",
    f"https://{LINKED}/**{MARK}**",
    f"https://{LINKED}@{FOREIGN}/x",
    f"https://{FOREIGN}\\@{LINKED}/x",
    f"http://{LINKED}/?a=$x$&b=:red[{MARK}]",
    f"https://{LINKED}/\u202etxt",
    f"https://{LINKED}/" + "x" * _LONG,
)
