'use strict';
// The contestant Node SDK: the core of the official SDK, its HTTP client and signer. Usage: as cbr.lua.

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
const LONG_DELAY = '1'; // as in target.lua

const credentials = new BasicCredentials()
  .withAk(process.env.HUAWEICLOUD_SDK_AK)
  .withSk(process.env.HUAWEICLOUD_SDK_SK)
  .withProjectId(project);

const client = new ClientBuilder((made) => made)
  .withCredential(credentials)
  .withEndpoint(endpoint)
  // Node 19 and newer keep connections by default; older versions need this agent
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
  if (mode !== 'sign') await sequence(WARM_UP);
  if (mode === 'warm') await flight(atATime, LONG_DELAY);
  try {
    fs.writeFileSync('/proc/self/clear_refs', '5'); // the peak counts from here on
  } catch (problem) { /* not permitted: then the peak is that of the whole process */ }
  const work = { sequence: () => sequence(calls), flight: () => flight(calls, delay), warm: () => flight(calls, delay), sign };
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
