"""The official Python SDK against the sandbox: each of the 73 operations, and the type of every value in the responses.

A value must have the type that the SDK's model declares for it, as the strictly typed SDKs demand. HUAWEI_PYTHON_SDK
names a checkout of the SDK's sources; spec/peers/run puts them into the path.
"""

import datetime
import os
import re

import huaweicloudsdkcbr.v1 as sdk
from huaweicloudsdkcbr.v1 import CbrClient
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException
from huaweicloudsdkcore.http.http_config import HttpConfig

from agree import agree, control

PEER = "official Python SDK"
UUID = "5b1d6bd4-17d8-4b43-9f9a-8e4f3c1b2a1%d"
SERVER = "OS::Nova::Server"

PLAIN = {"str": str, "int": int, "bool": bool, "object": object}

config = HttpConfig.get_default_config()
config.ssl_ca_cert = os.environ["CBR_SANDBOX_CA"]


def client_of(project, access_key=os.environ["HUAWEICLOUD_SDK_AK"], secret_key=os.environ["HUAWEICLOUD_SDK_SK"]):
    """A client for one of the sandbox's projects, with the key of its account."""
    credentials = BasicCredentials(access_key, secret_key, PROJECTS[project])
    return (CbrClient.new_builder().with_http_config(config).with_credentials(credentials)
            .with_endpoint(os.environ["CBR_SANDBOX_TLS"]).build())


HOME, EAST = os.environ["HUAWEICLOUD_SDK_PROJECT_ID"], os.environ["DESTINATION_PROJECT_ID"]
PROJECTS = {"home": HOME, "east": EAST, "other": "b0c15c622e945343b5c5d4f7a35bb1dd"}
clients = {
    "home": client_of("home"), "east": client_of("east"),
    # a client of another account, with which backups are shared
    "other": client_of("other", "SANDBOXOTHERKEY00001", "sandboxOtherSecretKeyForNobodyAtAll00001"),
}

called, values = set(), 0


def problem(value, kind, path):
    """Returns which part of a value is not of the type that the SDK declares, or None. Counts the parts in `values`."""
    global values
    values += 1
    items = re.match(r"list\[(.*)\]$", kind)
    if value is None:
        return None
    if items:
        if not isinstance(value, list):
            return "%s is no list" % path
        found = (problem(item, items.group(1), "%s[%d]" % (path, i)) for i, item in enumerate(value))
        return next(filter(None, found), None)
    if kind.startswith("dict("):
        return None if isinstance(value, dict) else "%s is no object" % path
    if kind == "float":
        return None if isinstance(value, (int, float)) else "%s is no number" % path
    if kind in ("datetime", "date"):
        datetime.datetime.fromisoformat(value)
        return None
    if kind in PLAIN:
        good = isinstance(value, PLAIN[kind]) and not (kind == "int" and isinstance(value, bool))
        return None if good else "%s is %r, the SDK has %s" % (path, value, kind)
    if not isinstance(value, dict):
        return "%s is no object" % path
    return problem_in(value, getattr(sdk, kind), path)


def problem_in(value, model, path):
    for attribute, kind in model.openapi_types.items():
        name = model.attribute_map[attribute]
        if name in value:
            found = problem(value[name], kind, path + "." + name)
            if found:
                return found
    return None


def call(operation, body=None, project="home", **params):
    """Calls an operation by the SDK, and checks the type of each value. Returns the SDK's response object."""
    name = "".join(word.capitalize() for word in operation.split("_"))
    request = getattr(sdk, name + "Request")(**params)
    if body is not None:
        request.body = body
    response = getattr(clients[project], operation)(request)
    called.add(operation)
    raw = response.to_json_object()
    if isinstance(raw, dict):
        found = problem_in(raw, getattr(sdk, name + "Response"), operation)
        assert not found, found
    return response


def rejected(operation, code, **arguments):
    try:
        call(operation, **arguments)
    except ClientRequestException as error:
        assert error.error_code == "BackupService." + code, error.error_code
        return
    raise AssertionError("%s was not rejected" % operation)


def forward(seconds):
    control("/clock", {"forward": seconds})


def vaults_and_resources():
    vault = call("create_vault", {"vault": {
        "name": "peer", "resources": [], "tags": [{"key": "team", "value": "web"}], "description": "by the SDK",
        "billing": {"consistent_level": "crash_consistent", "object_type": "server", "protect_type": "backup",
                    "size": 500}}}).vault
    server = call("list_protectable", protectable_type="server", name="spare_server").instances[0]
    assert server.protectable.result
    call("add_vault_resource", {"resources": [{"id": server.id, "type": SERVER}]}, vault_id=vault.id)
    protectable = call("show_protectable", protectable_type="server", instance_id=server.id).instance.protectable
    assert protectable.vault.id == vault.id
    call("set_vault_resource", {"action": "suspend", "resource_ids": [server.id]}, vault_id=vault.id)
    call("update_vault", {"vault": {"name": "peer_2", "threshold": 70}}, vault_id=vault.id)
    shown = call("show_vault", vault_id=vault.id).vault
    assert (shown.name, shown.threshold, len(shown.resources)) == ("peer_2", 70, 1)
    assert vault.id in [one.id for one in call("list_vault").vaults]
    call("batch_update_vault", {"vault": {"smn_notify": False}})
    call("show_summary")
    call("check_agent", {"agent_status": [{"resource_id": server.id, "resource_type": SERVER}]})
    call("list_external_vault", external_project_id=EAST, region_id="cn-east-3")
    return vault.id, server.id


def policies(vault_id):
    trigger = {"properties": {"pattern": ["FREQ=DAILY;INTERVAL=1;BYHOUR=3;BYMINUTE=0"]}}
    policy = call("create_policy", {"policy": {
        "name": "daily", "operation_type": "backup", "trigger": trigger,
        "operation_definition": {"retention_duration_days": 10}}}).policy
    call("associate_vault_policy", {"policy_id": policy.id}, vault_id=vault_id)
    assert call("show_policy", policy_id=policy.id).policy.associated_vaults[0].vault_id == vault_id
    assert call("list_policies", vault_id=vault_id).count == 1
    call("update_policy", {"policy": {"name": "nightly"}}, policy_id=policy.id)
    call("disassociate_vault_policy", {"policy_id": policy.id}, vault_id=vault_id)
    call("delete_policy", policy_id=policy.id)
    rejected("show_policy", "6000", policy_id=policy.id)
    made = call("create_organization_policy", {"policy": {
        "name": "all", "operation_type": "backup", "policy_enabled": True, "policy_name": "for_all",
        "policy_operation_definition": {"max_backups": 3}, "policy_trigger": trigger}}).policy
    assert call("list_organization_policies", operation_type="backup").count == 1
    call("show_organization_policy", organization_policy_id=made.id)
    call("update_organization_policy", {"policy": {"policy_name": "renamed"}}, organization_policy_id=made.id)
    assert call("list_organization_policy_detail", organization_policy_id=made.id).count == 1
    call("delete_organization_policy", organization_policy_id=made.id)


def backups(vault_id, server_id):
    checkpoint = call("create_checkpoint", {"checkpoint": {"vault_id": vault_id, "parameters": {"name": "now"}}}).checkpoint
    forward(600)
    assert call("show_checkpoint", checkpoint_id=checkpoint.id).checkpoint.status == "available"
    backup = call("list_backups", checkpoint_id=checkpoint.id, show_replication=True).backups[0]
    call("update_backup", {"backup": {"name": "renamed"}}, backup_id=backup.id)
    call("show_metadata", backup_id=backup.id)
    call("show_storage_usage", resource_id=server_id)
    where = {"destination_project_id": EAST, "destination_region": "cn-east-3",
             "destination_vault_id": os.environ["DESTINATION_VAULT_ID"]}
    copy = call("copy_backup", {"replicate": dict(where, name="copy", description="by the SDK")}, backup_id=backup.id)
    call("copy_checkpoint", {"replicate": dict(where, vault_id=os.environ["VAULT_ID"])})
    forward(3600)
    record = call("show_backup", backup_id=backup.id).backup.replication_records[0]
    assert (record.id, record.status) == (copy.replication.replication_record_id, "success")
    replica = call("show_backup", project="east", backup_id=record.destination_backup_id).backup
    assert (replica.name, replica.description) == ("copy", "by the SDK")
    call("restore_backup", {"restore": {"server_id": server_id}}, backup_id=backup.id)
    forward(600)
    call("delete_backup", project="east", backup_id=replica.id)
    share(backup.id)
    forward(60)
    call("delete_backup", backup_id=backup.id)
    forward(60)
    rejected("show_backup", "6200", backup_id=backup.id)


def share(backup_id):
    projects = call("list_domain_projects", domain_name="sandbox_other").projects
    member = call("add_member", {"members": [projects[0].project_id]}, backup_id=backup_id).members[0]
    params = {"backup_id": backup_id, "member_id": member.id}
    assert call("show_members_detail", backup_id=backup_id).count == 1
    call("show_member_detail", **params)
    rejected("update_member_status", "6707", body={"status": "rejected"}, **params)  # only the receiver may reject
    vault = call("list_vault", project="other").vaults[0]
    accepted = call("update_member_status", {"status": "accepted", "vault_id": vault.id}, project="other", **params)
    assert accepted.member.status == "accepted"
    assert call("list_backups", project="other", own_type="shared").count == 1
    call("delete_member", **params)
    call("show_domain", source_project_id=HOME)


def hybrid():
    task = call("import_checkpoint", {"sync": {"vault_id": os.environ["HYBRID_VAULT_ID"], "auto_trigger": False}}).sync
    call("import_backup", {"sync": [{
        "backup_id": UUID % 1, "backup_name": "esx", "bucket_name": "b", "image_path": "/i", "created_at": 1700000000,
        "resource_id": UUID % 2, "resource_name": "vm", "resource_type": "OS::VMware::Server"}]})
    forward(600)
    log = call("show_op_log", operation_log_id=task.operation_log_id).operation_log
    assert (log.status, log.extra_info.sync.sync_backup_num) == ("success", 3)
    call("list_op_logs")


def tags(vault_id):
    call("create_vault_tags", {"tag": {"key": "stage", "value": "test"}}, vault_id=vault_id)
    call("batch_create_and_delete_vault_tags",
         {"action": "create", "tags": [{"key": "a", "value": "b"}]}, vault_id=vault_id)
    call("delete_vault_tag", vault_id=vault_id, key="a")
    assert {tag.key for tag in call("show_vault_tag", vault_id=vault_id).tags} == {"team", "stage"}
    call("show_vault_project_tag")
    found = call("show_vault_resource_instances", {
        "action": "filter", "tags": [{"key": "stage", "values": ["test"]}]})
    assert [one.resource_id for one in found.resources] == [vault_id]


def agents():
    call("register_agent", {"agent": {"agent_id": "a", "host_ip": "192.0.2.1", "host_name": "h", "host_os": "Linux"}})
    call("add_agent_path", {"add_path": ["/srv", "/home"]}, agent_id="a")
    call("remove_agent_path", {"remove_path": ["/home"]}, agent_id="a")
    assert [path.dir_path for path in call("show_agent", agent_id="a").agent.paths] == ["/srv"]
    call("update_agent", {"agent": {"status": "uninstall"}}, agent_id="a")
    call("list_agent")
    call("unregister_agent", agent_id="a")


def orders():
    order = call("create_post_paid_vault", {"vault": {
        "name": "ordered", "resources": [], "billing": {
            "consistent_level": "crash_consistent", "object_type": "server", "protect_type": "backup", "size": 100,
            "period_type": "year", "period_num": 1}}}).orders[0]
    code = "vault.backup.server.normal"
    call("change_order", {"resource_id": order.resource_id, "product_info": {
        "product_id": "p", "resource_size": 200, "resource_spec_code": code}})
    call("update_order", {"resourceId": order.resource_id, "productInfo": {
        "productId": "p", "resourceSize": 300, "resourceSpecCode": code}}, order_id=order.order_id)
    assert call("show_vault", vault_id=order.resource_id).vault.billing.size == 300


def account():
    call("list_features")
    call("show_feature", feature_key="replication.enable")
    call("show_replication_capabilities")
    call("list_projects")
    call("migrate_domain", {"all_regions": True, "reservation": 0.2})
    call("show_migrate_status")


def endings(vault_id, server_id):
    single = next(vault for vault in call("list_vault").vaults if vault.name == "empty")
    call("migrate_vault_resource",
         {"destination_vault_id": single.id, "resource_ids": [server_id]}, vault_id=vault_id)
    call("remove_vault_resource", {"resource_ids": [server_id]}, vault_id=single.id)
    forward(60)
    call("change_vault_charge_mode", {"vault_ids": [single.id], "period_num": 1, "period_type": "year"})
    call("delete_vault", vault_id=vault_id)
    forward(60)
    rejected("show_vault", "6105", vault_id=vault_id)


control("/reset", {})
VAULT, SERVER_ID = vaults_and_resources()
policies(VAULT)
backups(VAULT, SERVER_ID)
hybrid()
tags(VAULT)
agents()
orders()
account()
endings(VAULT, SERVER_ID)

known = {name[1:-len("_http_info")] for name in dir(CbrClient) if name.startswith("_") and name.endswith("_http_info")}
missing = sorted(known - called)
assert not missing, "not called: " + ", ".join(missing)
agree(PEER, "signs with an access key, and all %d operations were called" % len(called))
agree(PEER, "%d values of the responses have the types of its models" % values)
