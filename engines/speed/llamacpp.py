"""A llama.cpp server of the package xllamacpp in a process of its own, and the GGUF files that it serves.

`python -m engines.speed.llamacpp model.gguf --port 8090` serves by hand. The server listens on this machine only and
ends when its standard input is closed, so that it never outlives who started it.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.metadata
import importlib.util
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import IO, Any

from data.errors import AttuneError, MissingPackageError
from data.home import ROOT, home
from engines.models.weights import NAME, gguf_path

PACKAGE = "xllamacpp"
PATIENCE = 60.0
TRIES = 3


class Quantization(StrEnum):
    """How the weights of a GGUF file are stored."""

    Q4_1 = "Q4_1"
    Q8_0 = "Q8_0"


class NoLlamaCppError(MissingPackageError):
    """The package that holds the server is not installed; it comes with what the tests need."""

    def __init__(self) -> None:
        super().__init__(PACKAGE, "a llama.cpp server")
        self.args = (f"a llama.cpp server needs the package {PACKAGE}, which is not installed; run: make install-dev",)


class ServerError(AttuneError):
    """The server did not start; the text ends with the last lines that it wrote."""


def version() -> str:
    """The version of the package that holds the server.

    Raises:
        NoLlamaCppError: it is not installed.
    """
    if importlib.util.find_spec(PACKAGE) is None:
        raise NoLlamaCppError
    return importlib.metadata.version(PACKAGE)


def quantized(kind: Quantization) -> Path:
    """The embedded model as GGUF: Q4_1 as its package brings it, Q8_0 made of that once (some seconds).

    Raises:
        MissingPackageError: the package of the model, or gguf, is not installed.
    """
    source = gguf_path()
    if kind is Quantization.Q4_1:
        return source
    made = home() / "speed" / f"{NAME}.{kind}.gguf"
    if not made.exists():
        made.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".writing-", dir=made.parent) as folder:
            temporary = Path(folder) / made.name
            _requantize(source, temporary)
            temporary.replace(made)
    return made


def _requantize(source: Path, target: Path) -> None:
    """Write every quantized tensor of a GGUF file as Q8_0; what is float32 and all metadata stay as they are."""
    try:
        import gguf
    except ImportError as error:
        raise MissingPackageError("gguf", "a llama.cpp server of 8 bits") from error
    reader = gguf.GGUFReader(source)
    writer = gguf.GGUFWriter(target, reader.fields["general.architecture"].contents())
    for field in reader.fields.values():
        if field.name.startswith("GGUF.") or field.name == "general.architecture":
            continue
        kind = field.types[0]
        part = field.types[-1] if kind is gguf.GGUFValueType.ARRAY else None
        value = int(gguf.LlamaFileType.MOSTLY_Q8_0) if field.name == "general.file_type" else field.contents()
        writer.add_key_value(field.name, value, kind, part)
    eight = gguf.GGMLQuantizationType.Q8_0
    for tensor in reader.tensors:
        if tensor.tensor_type in {gguf.GGMLQuantizationType.F32, eight}:
            writer.add_tensor(tensor.name, tensor.data, raw_dtype=tensor.tensor_type)
        else:
            values = gguf.quants.dequantize(tensor.data, tensor.tensor_type)
            writer.add_tensor(tensor.name, gguf.quants.quantize(values, eight), raw_dtype=eight)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


@contextmanager
def serve(gguf: Path, *, slots: int, context: int) -> Iterator[str]:
    """A server on a free port of this machine, for as long as the block runs.

    Args:
        gguf: the weights.
        slots: requests that are computed at the same time.
        context: tokens of each slot, answer included.

    Yields:
        The address, such as `http://127.0.0.1:8090`; its OpenAI-compatible part is below `/v1`.

    Raises:
        NoLlamaCppError: the package is not installed.
        ServerError: it did not become healthy within a minute, three times.
    """
    version()
    with tempfile.TemporaryFile() as log:
        process, address = _started(gguf, slots, context, log)
        try:
            yield address
        finally:
            _end(process)


def _started(gguf: Path, slots: int, context: int, log: IO[bytes]) -> tuple[subprocess.Popen[bytes], str]:
    """A healthy server; another port is tried where somebody else took the free one in between."""
    for _ in range(TRIES):
        port = _free_port()
        options = ["--slots", str(slots), "--context", str(context), "--port", str(port)]
        command = [sys.executable, "-m", "engines.speed.llamacpp", str(gguf), *options]
        process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=log, stderr=log)
        address = f"http://127.0.0.1:{port}"
        try:
            if _healthy(process, address):
                return process, address
        except BaseException:
            _end(process)
            raise
        _end(process)
    log.seek(0)
    said = log.read().decode(errors="replace").strip().splitlines()[-5:]
    raise ServerError(f"the llama.cpp server did not start with {gguf.name}: {' / '.join(said) or 'it said nothing'}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _healthy(process: subprocess.Popen[bytes], address: str) -> bool:
    """Wait until the model is loaded; false where the process ended or the time is over."""
    until = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"{address}/health", timeout=2) as answer:  # noqa: S310 - our own address
                if answer.status == 200:
                    return True
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    return False


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    if process.stdin:
        process.stdin.close()


def threads() -> int:
    """As many as PyTorch takes, or fewer where fewer cores are free: those beyond would wait for each other awake."""
    cores, named = len(os.sched_getaffinity(0)), os.environ.get("OMP_NUM_THREADS", "")
    return min(cores, int(named)) if named.isdecimal() and int(named) else cores


def main() -> None:
    """Serve until the standard input is closed."""
    parser = argparse.ArgumentParser(description="Serve a GGUF file by llama.cpp on this machine.")
    parser.add_argument("gguf", type=Path)
    parser.add_argument("--port", type=int, default=8090)
    parser.add_argument("--slots", type=int, default=8)
    parser.add_argument("--context", type=int, default=2048, help="tokens of each slot")
    asked = parser.parse_args()
    version()
    llama: Any = importlib.import_module(PACKAGE)
    options = llama.CommonParams()
    options.model.path = str(asked.gguf)
    options.hostnames = ["127.0.0.1"]
    options.port, options.n_parallel = asked.port, asked.slots
    options.n_ctx, options.kv_unified = asked.slots * asked.context, False
    options.cpuparams.n_threads = options.cpuparams_batch.n_threads = threads()
    options.warmup, options.cache_prompt, options.cont_batching = True, True, True
    server = llama.Server(options)
    print(server.listening_address, flush=True)
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    main()
