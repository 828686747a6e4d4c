"""Where do the lids meet a real kernel GPIO chip? In a small machine that QEMU plays.

`machine.py SCRIPT` runs a shell script in it, over a throw-away copy of this machine's root, and ends with
the script's exit status. The first run fetches a Debian kernel that ships gpio-sim, through the package
mirror this machine is configured for; it and the initial RAM disk are kept in `.gpio-bench/`.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
CACHE = Path(os.environ.get("GPIO_BENCH", HERE.parent.parent / ".gpio-bench"))
MODULES = ("configfs", "gpio-sim", "9pnet_virtio", "9p", "overlay")
NEEDED = ("qemu-system-x86_64", "busybox", "cpio", "modprobe", "xz", "apt-get", "dpkg-deb")
SUITE = "trixie-backports"
"""The oldest Debian suite whose kernel is built with gpio-sim."""

PACKAGE = re.compile(r"linux-modules-(\S+\+deb13-amd64) ")


def missing() -> list[str]:
    """Return the programs that the bench needs and this machine does not have."""
    return [name for name in NEEDED if shutil.which(name) is None]


def make_ready() -> None:
    """Fetch the kernel and build the RAM disk, unless both are there and current."""
    stamp = CACHE / "stamp"
    wanted = hashlib.sha256((HERE / "init.sh").read_bytes() + repr(MODULES).encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    CACHE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as place:
        root = Path(place)
        version = _fetch(root)
        _build(root, version)
        os.replace(root / f"lib/modules/{version}/vmlinuz", CACHE / "vmlinuz")
    stamp.write_text(wanted)


def _fetch(root: Path) -> str:
    """Download and unpack the newest kernel of the suite, in a private state of apt."""
    for folder in ("apt/lists/partial", "apt/archives/partial", "apt/parts"):
        (root / folder).mkdir(parents=True)
    lines = _output("apt-get", "indextargets", "--format", "$(REPO_URI)")
    mirror = next(line for line in lines.splitlines() if line.endswith("/debian/"))
    (root / "apt/sources.list").write_text(
        f"deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] {mirror} {SUITE} main\n"
    )
    (root / "apt/apt.conf").write_text(
        f'Dir::Etc::sourcelist "{root}/apt/sources.list"; Dir::Etc::sourceparts "{root}/apt/parts";\n'
        f'Dir::Etc::preferencesparts "{root}/apt/parts"; Dir::State::lists "{root}/apt/lists";\n'
        f'Dir::Cache "{root}/apt"; Acquire::Languages "none"; APT::Sandbox::User "";\n'
    )
    private = os.environ | {"APT_CONFIG": str(root / "apt/apt.conf")}
    subprocess.run(["apt-get", "-qq", "update"], env=private, check=True)
    found = _output("apt-cache", "search", "-n", "^linux-modules-[0-9]", env=private)
    version: str = max(PACKAGE.findall(found), key=_numbers)
    names = [f"linux-modules-{version}", f"linux-binary-{version}"]
    subprocess.run(["apt-get", "-qq", "download", *names], env=private, cwd=root, check=True)
    for package in root.glob("*.deb"):
        subprocess.run(["dpkg-deb", "-x", package, root], check=True)
    if not (root / "lib").exists():
        (root / "lib").symlink_to("usr/lib")
    subprocess.run(["depmod", "-b", root, version], check=True)
    return version


def _numbers(version: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", version)]


def _build(root: Path, version: str) -> None:
    """Put busybox, the modules in loading order and the first program into a RAM disk."""
    disk = root / "disk"
    (disk / "bin").mkdir(parents=True)
    (disk / "modules").mkdir()
    shutil.copy(str(shutil.which("busybox")), disk / "bin/busybox")
    shutil.copy(HERE / "init.sh", disk / "init")
    (disk / "init").chmod(0o755)
    order: list[str] = []
    for module in MODULES:
        for line in _output(
            "modprobe", "-d", str(root), "-S", version, "--show-depends", module
        ).splitlines():
            packed = Path(line.split()[1])
            name = packed.name.removesuffix(".xz")
            if name in order:
                continue
            order.append(name)
            with (disk / "modules" / name).open("wb") as unpacked:
                unpack = ["xz", "-dc", str(packed)] if packed.suffix == ".xz" else ["cat", str(packed)]
                subprocess.run(unpack, stdout=unpacked, check=True)
    (disk / "modules/order").write_text("\n".join(order) + "\n")
    archive = subprocess.run(
        "find . | cpio -o -H newc --quiet | gzip -1", shell=True, cwd=disk, check=True, capture_output=True
    )
    (CACHE / "initrd.gz").write_bytes(archive.stdout)


def run(script: str, *, timeout_s: float) -> tuple[int, str]:
    """Run the text of a shell script in the machine; return its exit status and what it printed.

    99 stands for a machine that never came to the end of the script.
    """
    with tempfile.NamedTemporaryFile("w", prefix="gpio-bench-", suffix=".sh") as file:
        file.write(script)
        file.flush()
        # Hardware acceleration is not to be had in most build machines: TCG is, everywhere. The machine's
        # time is counted in its instructions: on a loaded host, a clock of the host's turned a bounce of
        # 4 ms into an opening of 80, and the hand no longer knew what it had done. An instruction takes 2 ns:
        # with 8 the machine was so much slower than a Pi that the hands outran the program.
        command = [
            "qemu-system-x86_64", "-accel", "tcg,thread=single", "-icount", "shift=1,sleep=off",
            "-cpu", "max", "-smp", "2", "-m", "768",
            "-nodefaults", "-nographic", "-no-reboot", "-serial", "stdio", "-device", "virtio-rng-pci",
            "-kernel", str(CACHE / "vmlinuz"), "-initrd", str(CACHE / "initrd.gz"),
            "-virtfs", "local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap",
            "-append", f"console=ttyS0 quiet loglevel=3 panic=-1 mitigations=off bench_script={file.name}",
        ]  # fmt: skip
        try:
            ended = subprocess.run(
                command, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout_s, check=False
            )
        except subprocess.TimeoutExpired as slow:
            return 99, _text(slow.stdout) + f"\nno end after {timeout_s:.0f} s"
    said = _text(ended.stdout) + _text(ended.stderr)
    status = re.findall(r"^BENCH ended (\d+)", said, re.MULTILINE)
    return (int(status[-1]) if status else 99), said


def _text(said: bytes | None) -> str:
    return (said or b"").decode("utf-8", "replace").replace("\r", "")


def _output(*command: str, env: dict[str, str] | None = None) -> str:
    return subprocess.run(command, env=env, check=True, capture_output=True, text=True).stdout


def main() -> int:
    if lacking := missing():
        print(f"the bench needs {', '.join(lacking)}")
        return 77
    make_ready()
    status, said = run(
        Path(sys.argv[1]).read_text(), timeout_s=float(os.environ.get("BENCH_TIMEOUT_S", "540"))
    )
    print(said)
    return status


if __name__ == "__main__":
    sys.exit(main())
