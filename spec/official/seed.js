'use strict';
// Sends a replicate and a sync with the official SDK's own credentials, signature and HTTP client.
//
//   node seed.js seed      both requests; prints {replicate, sync}
//   node seed.js tampered  the signed replicate five times: with a byte changed in the body, in the path, in a signed
//                          header, in the query, and unchanged;
//                          prints {body, path, header, query, unchanged}, each {status, body}
//
// The endpoint and the key come from the variables that sandbox/run exports; the last argument is {replicate, sync} as JSON.

const http = require('http');
const https = require('https');

// The SDK writes an application id into the home directory. Here that is the sandbox's directory, which is temporary.
process.env.HOME = process.env.CBR_SANDBOX_DIR;

const { BasicCredentials } = require('@huaweicloud/huaweicloud-sdk-core');
const { ClientBuilder } = require('@huaweicloud/huaweicloud-sdk-core/ClientBuilder');
const { HcClient } = require('@huaweicloud/huaweicloud-sdk-core/HcClient');

const endpoint = process.env.CBR_OFFICIAL_ENDPOINT || process.env.CBR_SANDBOX_TLS;
const [mode, order] = [process.argv[2], JSON.parse(process.argv[3])];

const credentials = new BasicCredentials()
  .withAk(process.env.HUAWEICLOUD_SDK_AK)
  .withSk(process.env.HUAWEICLOUD_SDK_SK)
  .withProjectId(process.env.HUAWEICLOUD_SDK_PROJECT_ID);

function call(operation, data, queryParams) {
  return {
    method: 'POST',
    url: `/v3/{project_id}/checkpoints/${operation}`,
    contentType: 'application/json;charset=UTF-8',
    queryParams: queryParams || {},
    pathParams: { project_id: process.env.HUAWEICLOUD_SDK_PROJECT_ID },
    headers: {},
    data,
  };
}

async function seed() {
  const client = new ClientBuilder((made) => made).withCredential(credentials).withEndpoint(endpoint).build();
  return {
    replicate: await client.sendRequest(call('replicate', { replicate: order.replicate })),
    sync: await client.sendRequest(call('sync', { sync: order.sync })),
  };
}

// The signed replicate of the official client, recorded at the client's last step instead of being sent.
async function signed() {
  let taken;
  const recorder = { sendRequest: async (request) => { taken = request; return { headers: {}, data: {} }; } };
  const client = new HcClient(recorder).withCredential(credentials).withEndpoints([endpoint]);
  await client.sendRequest(call('replicate', { replicate: order.replicate }, { trace: 'a' }));
  return {
    path: `${new URL(taken.url, endpoint).pathname}?${new URLSearchParams(taken.queryParams)}`,
    headers: taken.headers,
    body: JSON.stringify(taken.data),
  };
}

function send({ path, headers, body }) {
  return new Promise((resolve, reject) => {
    const sender = endpoint.startsWith('https:') ? https : http;
    const request = sender.request(endpoint + path, {
      method: 'POST', headers: { ...headers, 'content-length': Buffer.byteLength(body) },
    }, (response) => {
      let text = '';
      response.on('data', (bytes) => { text += bytes; });
      response.on('end', () => resolve({ status: response.statusCode, body: JSON.parse(text) }));
    });
    request.on('error', reject);
    request.end(body);
  });
}

// The same text, in which the last character of `part` is changed to another digit.
function changed(text, part) {
  const last = part.slice(-1) === '0' ? '1' : '0';
  return text.replace(part, part.slice(0, -1) + last);
}

async function tampered() {
  const good = await signed();
  const dateHeader = Object.keys(good.headers).find((name) => name.toLowerCase() === 'x-sdk-date');
  // The last digit of the seconds is changed: the difference is far below the accepted clock skew.
  const date = good.headers[dateHeader];
  const laterDate = changed(date, date.slice(0, -1));
  return {
    body: await send({ ...good, body: changed(good.body, order.replicate.vault_id) }),
    path: await send({ ...good, path: changed(good.path, process.env.HUAWEICLOUD_SDK_PROJECT_ID) }),
    header: await send({ ...good, headers: { ...good.headers, [dateHeader]: laterDate } }),
    query: await send({ ...good, path: changed(good.path, 'trace=a') }),
    unchanged: await send(good),
  };
}

const modes = { seed, tampered };

modes[mode]().then(
  (answers) => process.stdout.write(`${JSON.stringify(answers)}\n`),
  (problem) => {
    process.stderr.write(`${problem.stack || problem}\n${JSON.stringify(problem)}\n`);
    process.exitCode = 1;
  },
);
