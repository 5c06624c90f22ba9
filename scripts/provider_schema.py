"""Writes down which arguments the Google provider's resources take, as far as we use them.

`python scripts/provider_schema.py FOLDER` reads an unpacked `pulumi_gcp` wheel (Apache-2.0), which
is generated from the provider's own schema, without importing it, and writes
tests/data/terraform/provider.json. Names of lists are plural there; those who read it know that.

A type is written as Terraform writes it: `"string"`, `["map", "string"]`; a block as an object with
its `arguments` and those of them that are `required`. `computed` is what a resource tells back.
"""

import ast
import json
import re
import sys
from pathlib import Path
from typing import Any, Final

ROOT = Path(__file__).resolve().parents[1]
TARGET: Final = ROOT / "tests" / "data" / "terraform" / "provider.json"
CLASSES: Final = {  # Terraform's type → the module and the class of its arguments
    "google_artifact_registry_repository": ("artifactregistry", "RepositoryArgs"),
    "google_billing_budget": ("billing", "BudgetArgs"),
    "google_cloud_run_service_iam_member": ("cloudrun", "IamMemberArgs"),
    "google_cloud_run_v2_service": ("cloudrunv2", "ServiceArgs"),
    "google_cloud_run_v2_service_iam_member": ("cloudrunv2", "ServiceIamMemberArgs"),
    "google_cloud_scheduler_job": ("cloudscheduler", "JobArgs"),
    "google_cloudfunctions2_function": ("cloudfunctionsv2", "FunctionArgs"),
    "google_firebaserules_release": ("firebaserules", "ReleaseArgs"),
    "google_firebaserules_ruleset": ("firebaserules", "RulesetArgs"),
    "google_firestore_backup_schedule": ("firestore", "BackupScheduleArgs"),
    "google_firestore_database": ("firestore", "DatabaseArgs"),
    "google_firestore_field": ("firestore", "FieldArgs"),
    "google_firestore_index": ("firestore", "IndexArgs"),
    "google_logging_metric": ("logging", "MetricArgs"),
    "google_monitoring_alert_policy": ("monitoring", "AlertPolicyArgs"),
    "google_monitoring_dashboard": ("monitoring", "DashboardArgs"),
    "google_monitoring_notification_channel": ("monitoring", "NotificationChannelArgs"),
    "google_monitoring_uptime_check_config": ("monitoring", "UptimeCheckConfigArgs"),
    "google_project_iam_custom_role": ("projects", "IAMCustomRoleArgs"),
    "google_project_iam_member": ("projects", "IAMMemberArgs"),
    "google_project_service": ("projects", "ServiceArgs"),
    "google_pubsub_subscription": ("pubsub", "SubscriptionArgs"),
    "google_pubsub_subscription_iam_member": ("pubsub", "SubscriptionIAMMemberArgs"),
    "google_pubsub_topic": ("pubsub", "TopicArgs"),
    "google_pubsub_topic_iam_member": ("pubsub", "TopicIAMMemberArgs"),
    "google_secret_manager_secret": ("secretmanager", "SecretArgs"),
    "google_secret_manager_secret_iam_member": ("secretmanager", "SecretIamMemberArgs"),
    "google_secret_manager_secret_version": ("secretmanager", "SecretVersionArgs"),
    "google_service_account": ("serviceaccount", "AccountArgs"),
    "google_service_account_iam_member": ("serviceaccount", "IAMMemberArgs"),
    "google_storage_bucket": ("storage", "BucketArgs"),
    "google_storage_bucket_object": ("storage", "BucketObjectArgs"),
}


class _Package:
    """The classes of one module's arguments."""

    def __init__(self, folder: Path) -> None:
        self._classes: dict[str, ast.ClassDef] = {}
        for path in sorted(folder.glob("*.py")):
            for node in ast.parse(path.read_text(encoding="utf8")).body:
                if isinstance(node, ast.ClassDef):
                    self._classes[node.name] = node

    def resource(self, name: str) -> dict[str, Any]:
        """What a resource takes, and what it tells back beside that."""
        taken = self.block(name)
        states = (f"_{name.removesuffix('Args')}State", f"_{name.removesuffix('Args')}StateArgs")
        state = next(self.block(each) for each in states if each in self._classes)
        told = {k: v for k, v in state["arguments"].items() if k not in taken["arguments"]}
        leaves = {k: v for k, v in told.items() if not isinstance(v, dict)}
        return {**taken, "computed": {**leaves, "id": "string"}}

    def block(self, name: str, above: tuple[str, ...] = ()) -> dict[str, Any]:
        """What a class takes: name → its type, or the arguments of a nested block."""
        init = next(
            each
            for each in self._classes[name].body
            if isinstance(each, ast.FunctionDef) and each.name == "__init__"
        )
        taken: dict[str, Any] = {}
        for argument in init.args.kwonlyargs:
            text = ast.unparse(argument.annotation) if argument.annotation else ""
            inner = self._nested(text)
            if inner is None:
                taken[argument.arg] = _leaf(text)
            elif inner not in above:
                taken[argument.arg] = self.block(inner, (*above, name))
                if "Sequence[" not in text:
                    taken[argument.arg]["single"] = True
        required = [
            argument.arg
            for argument, default in zip(init.args.kwonlyargs, init.args.kw_defaults, strict=True)
            if default is None
        ]
        return {"arguments": taken, "required": required}

    def _nested(self, annotation: str) -> str | None:
        names = re.findall(r"'(\w+)'", annotation)
        return next((name for name in names if name in self._classes), None)


def _leaf(annotation: str) -> Any:
    words = re.findall(r"_builtins\.(\w+)", annotation)
    kind = {"int": "number", "float": "number", "bool": "bool"}.get(words[-1] if words else "")
    kind = kind or "string"
    if "Mapping[" in annotation:
        return ["map", kind]
    return ["list", kind] if "Sequence[" in annotation else kind


def main() -> int:
    """Read the package, write the file."""
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    package = Path(sys.argv[1]) / "pulumi_gcp"
    packages = {module: _Package(package / module) for module, _ in CLASSES.values()}
    found = {kind: packages[module].resource(name) for kind, (module, name) in CLASSES.items()}
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n", encoding="utf8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
