"""The contestant Python SDK: the core of the official SDK, its HTTP client and signer. Usage: as cbr.lua.

HUAWEI_PYTHON_SDK names a checkout of the SDK's sources; bench/contestants.lua puts them into the path.
"""

import concurrent.futures
import os
import re
import resource
import sys
import time

from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.client import Client, ClientBuilder
from huaweicloudsdkcore.http.http_config import HttpConfig
from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.sdk_response import SdkResponse
from huaweicloudsdkcore.signer.signer import Signer

mode, calls, at_a_time, delay = (sys.argv[1:] + [None] * 4)[:4]
calls, at_a_time = int(calls or 1), int(at_a_time or 1)
endpoint = os.environ.get("BENCH_ENDPOINT") or os.environ["CBR_SANDBOX_PLAIN"]
project = os.environ["HUAWEICLOUD_SDK_PROJECT_ID"]
WARM_UP = 200
LONG_DELAY = "1"  # the same as in target.lua
PATH = "/v3/{project_id}/echo"

credentials = BasicCredentials(os.environ["HUAWEICLOUD_SDK_AK"], os.environ["HUAWEICLOUD_SDK_SK"], project)
config = HttpConfig.get_default_config()
config.ssl_ca_cert = os.environ.get("SSL_CERT_FILE")
config.ignore_ssl_verification = False
config.pool_connections = config.pool_maxsize = max(at_a_time, 10)
client = (ClientBuilder(Client, "BasicCredentials").with_http_config(config).with_credentials(credentials)
          .with_endpoint(endpoint).build())


class Echo(SdkResponse):
    """The response, as a model of the SDK."""

    sensitive_list = []
    openapi_types = {"echo": "str"}
    attribute_map = {"echo": "echo"}

    def __init__(self, echo=None):
        super().__init__()
        self.echo = echo


client.model_package = sys.modules[__name__]


def call(response_delay=None):
    query = [("bytes", 200)] + ([("delay", response_delay)] if response_delay else [])
    return client.do_http_request("GET", PATH, path_params={"project_id": project}, query_params=query,
                                  header_params={}, response_type="Echo", response_headers=[],
                                  collection_formats={})


def sequence(count):
    for _ in range(count):
        call()


def flight(count, response_delay):
    with concurrent.futures.ThreadPoolExecutor(at_a_time) as threads:
        for _ in threads.map(lambda _: call(response_delay), range(count)):
            pass


def sign():
    request = dict(method="GET", schema="https", host=re.sub("^.*//", "", endpoint), resource_path=PATH.format(
        project_id=project), uri=PATH.format(project_id=project), query_params=[("bytes", 200)], body="")
    signer = Signer(credentials)
    for _ in range(calls):
        signer.sign(SdkRequest(header_params={"Accept": "application/json"}, **request))


def memory(field):
    with open("/proc/self/status", encoding="ascii") as status:
        return int(re.search(field + r":\s*(\d+)", status.read()).group(1)) * 1024


def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main():
    if mode == "first":
        sequence(1)
        return
    if mode != "sign":
        sequence(WARM_UP)
    if mode == "warm":
        flight(at_a_time, LONG_DELAY)
    try:
        with open("/proc/self/clear_refs", "w", encoding="ascii") as refs:
            refs.write("5")  # the peak is now counted from here on
    except OSError:
        pass  # not permitted: then the peak of the whole process is reported
    work = {"sequence": lambda: sequence(calls), "flight": lambda: flight(calls, delay),
            "warm": lambda: flight(calls, delay), "sign": sign}
    before, began, cpu_before = memory("VmRSS"), time.monotonic(), cpu()
    work[mode]()
    spent, wall = cpu() - cpu_before, time.monotonic() - began
    print("calls=%d cpu=%f wall=%f memory=%d" % (calls, spent, wall, memory("VmHWM") - before))


main()
