"""The state folder at the start: what belonged to the emulators and stand-ins of the last run."""

import shutil

from dev.launcher.service import Plan


def begin_anew(plan: Plan) -> None:
    """Forget what the last run kept on disk, since what it belonged to was in memory.

    Logs go, the sample repository goes, and the secrets, unless a real Firestore still refers to
    them. Other repositories that somebody put beside the sample stay.
    """
    for old in (plan.state / "logs").glob("*.log"):
        old.unlink()
    shutil.rmtree(plan.repositories / "demo.git", ignore_errors=True)
    plan.secrets.mkdir(exist_ok=True, parents=True)
    plan.secrets.chmod(0o700)
    if "firestore" in plan.ports:
        for file in plan.secrets.iterdir():
            file.unlink()
