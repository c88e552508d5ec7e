"""openstacksdk against the sandbox: it signs in with a password, finds CBR in the catalog and reads its lists.

Only IAM's endpoint is set. Debian's openstacksdk itself keeps the session, reads the catalog and follows the pages.
"""

import os

import openstack
from openstack import proxy, resource

from agree import agree, control

PEER = "openstacksdk " + openstack.version.__version__

control("/reset", {})
control("/state", {"fill": {"vault_id": "empty", "count": 30, "size": 1}})

connection = openstack.connect(
    auth_url=os.environ["CBR_SANDBOX_TLS"] + "/v3",
    username="sandbox_robot",
    password='Sandbox-robot-123 "quoted" \\ \u00fc',
    user_domain_name="sandbox_home",
    project_id=os.environ["HUAWEICLOUD_SDK_PROJECT_ID"],
    region_name=os.environ["CBR_REGION"],
    cacert=os.environ["CBR_SANDBOX_CA"],
)
session = connection.session
token = session.get_token()
assert token, "no token"
agree(PEER, "a password is exchanged for a token of %d bytes" % len(token))

endpoint = session.get_endpoint(service_type="cbr", interface="public", region_name=os.environ["CBR_REGION"])
assert endpoint.endswith("/v3/" + os.environ["HUAWEICLOUD_SDK_PROJECT_ID"]), endpoint
agree(PEER, "the catalog's entry for CBR is " + endpoint)


class Vault(resource.Resource):
    resource_key, resources_key, base_path = "vault", "vaults", "/vaults"
    allow_list = allow_fetch = True
    billing = resource.Body("billing")
    _query_mapping = resource.QueryParameters("cloud_type")


class Backup(resource.Resource):
    resource_key, resources_key, base_path = "backup", "backups", "/backups"
    allow_list = allow_fetch = True
    vault_id = resource.Body("vault_id")


class Task(resource.Resource):
    resource_key, resources_key, base_path = "operation_log", "operation_logs", "/operation-logs"
    allow_list = allow_fetch = True
    status = resource.Body("status")


cbr = proxy.Proxy(session, service_type="cbr", interface="public", region_name=os.environ["CBR_REGION"])

# Places one or two orders, so that there are tasks to read.
for vault_id in [vault.id for vault in cbr._list(Vault, cloud_type="hybrid")][:2]:
    session.post("/checkpoints/sync", endpoint_filter={"service_type": "cbr"}, raise_exc=False,
                 json={"sync": {"vault_id": vault_id, "auto_trigger": False}})

for kind, name in ((Vault, "vaults"), (Backup, "backups"), (Task, "tasks")):
    body = session.get(kind.base_path, endpoint_filter={"service_type": "cbr"}).json()
    plain = [item["id"] for item in body[kind.resources_key]]
    assert plain and len(plain) == body["count"], name
    paged = [item.id for item in cbr._list(kind, limit=2)]
    assert paged == plain, "%s: pages of two show %d, one page %d" % (name, len(paged), len(plain))
    one = cbr._get(kind, plain[0])
    assert one.id == plain[0]
    agree(PEER, "%d %s, the same in pages of two by marker as in one page; one of them by its id" % (len(plain), name))

projects = [project.id for project in connection.identity.projects()]
assert os.environ["HUAWEICLOUD_SDK_PROJECT_ID"] in projects
agree(PEER, "IAM lists %d projects, this one among them" % len(projects))
