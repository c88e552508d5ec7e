'use strict';
// The contestant Node SDK: the core of the official SDK, with the SDK's HTTP client and signer. Usage: like cbr.lua.

const fs = require('fs');
const http = require('http');
const https = require('https');

process.env.HOME = process.env.CBR_SANDBOX_DIR; // the SDK writes an application id there

const SDK = '@huaweicloud/huaweicloud-sdk-core';
const { BasicCredentials } = require(SDK);
const { ClientBuilder } = require(`${SDK}/ClientBuilder`);

const [mode, calls, atATime, delay] = [process.argv[2], Number(process.argv[3] || 1), Number(process.argv[4]), process.argv[5]];
const endpoint = process.env.BENCH_ENDPOINT || process.env.CBR_SANDBOX_PLAIN;
const project = process.env.HUAWEICLOUD_SDK_PROJECT_ID;
const WARM_UP = 200;
const LONG_DELAY = '1'; // the same as in target.lua
const POLL_INTERVAL = 300; // ms; the same as in target.lua

const credentials = new BasicCredentials()
  .withAk(process.env.HUAWEICLOUD_SDK_AK)
  .withSk(process.env.HUAWEICLOUD_SDK_SK)
  .withProjectId(project);

const client = new ClientBuilder((made) => made)
  .withCredential(credentials)
  .withEndpoint(endpoint)
  // Node 19 and newer keep connections by default; older versions need these agents
  .withOptions({ axiosRequestConfig: { httpAgent: new http.Agent({ keepAlive: true }), httpsAgent: new https.Agent({ keepAlive: true }) } })
  .build();

function call(responseDelay) {
  return client.sendRequest({
    method: 'GET',
    url: '/v3/{project_id}/echo',
    contentType: 'application/json',
    queryParams: responseDelay ? { bytes: 200, delay: responseDelay } : { bytes: 200 },
    pathParams: { project_id: project },
    headers: {},
  });
}

async function sequence(count) {
  for (let i = 0; i < count; i += 1) await call();
}

async function flight(count, responseDelay) {
  let started = 0;
  const worker = async () => {
    while (started < count) {
      started += 1;
      await call(responseDelay);
    }
  };
  await Promise.all(Array.from({ length: atATime }, worker));
}

// Sends a request again after any failure, as scripts that use the SDK do: the SDK itself has no retry.
async function persistently(request) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await client.sendRequest({ contentType: 'application/json', pathParams: { project_id: project }, headers: {}, queryParams: {}, ...request() });
    } catch (problem) {
      if (attempt === 4) throw problem;
      await new Promise((done) => { setTimeout(done, 500 * attempt); });
    }
  }
}

// Replicates a vault, and polls its tasks until all of them have ended.
async function replicate(vault) {
  const replication = {
    vault_id: vault,
    destination_project_id: process.env.DESTINATION_PROJECT_ID,
    destination_region: process.env.DESTINATION_REGION,
    destination_vault_id: process.env.DESTINATION_VAULT_ID,
  };
  await persistently(() => ({ method: 'POST', url: '/v3/{project_id}/checkpoints/replicate', data: { replicate: replication } }));
  for (;;) {
    const { operation_logs: tasks } = await persistently(() => ({
      method: 'GET', url: '/v3/{project_id}/operation-logs', queryParams: { vault_id: vault, operation_type: 'replication' },
    }));
    if (tasks.length > 0 && tasks.every((task) => ['success', 'failed', 'timeout', 'skipped'].includes(task.status))) {
      return tasks.some((task) => task.status === 'success');
    }
    await new Promise((done) => { setTimeout(done, POLL_INTERVAL); });
  }
}

async function vaults(atOnce, list) {
  const left = [...list];
  const worker = async () => {
    while (left.length > 0) {
      const vault = left.shift();
      const succeeded = await replicate(vault).catch(() => false);
      process.stdout.write(`${vault} ${succeeded ? 'succeeded' : 'failed'}\n`);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

async function sign() {
  const { AKSKSigner } = require(`${SDK}/auth/AKSKSigner`);
  const request = {
    endpoint: `${endpoint}/v3/${project}/echo`, method: 'GET', queryParams: { bytes: 200 }, headers: { Accept: 'application/json' },
  };
  for (let i = 0; i < calls; i += 1) AKSKSigner.sign(request, credentials);
}

function memory(field) {
  const [, kilobytes] = fs.readFileSync('/proc/self/status', 'latin1').match(new RegExp(`${field}:\\s*(\\d+)`));
  return Number(kilobytes) * 1024;
}

async function main() {
  if (mode === 'first') return sequence(1);
  if (mode !== 'sign' && mode !== 'vaults') await sequence(WARM_UP);
  if (mode === 'warm') await flight(atATime, LONG_DELAY);
  try {
    fs.writeFileSync('/proc/self/clear_refs', '5'); // the peak is now counted from here on
  } catch (problem) { /* not permitted: then the peak of the whole process is reported */ }
  const work = { sequence: () => sequence(calls), flight: () => flight(calls, delay), warm: () => flight(calls, delay), sign, vaults: () => vaults(calls, process.argv.slice(5)) };
  const [before, began, cpuBefore] = [memory('VmRSS'), process.hrtime.bigint(), process.cpuUsage()];
  await work[mode]();
  const cpu = process.cpuUsage(cpuBefore);
  const wall = Number(process.hrtime.bigint() - began) / 1e9;
  process.stdout.write(`calls=${calls} cpu=${(cpu.user + cpu.system) / 1e6} wall=${wall} memory=${memory('VmHWM') - before}\n`);
  return undefined;
}

main().then(() => process.exit(0), (problem) => {
  process.stderr.write(`${problem.stack || JSON.stringify(problem)}\n`);
  process.exit(1);
});
