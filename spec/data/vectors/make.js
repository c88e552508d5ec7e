#!/usr/bin/env node
'use strict';
/*
 * Makes spec/data/vectors/hard.json and checks spec/data/vectors/official.json.
 *
 *   cd SOMEWHERE && npm install @huaweicloud/huaweicloud-sdk-core@3.1.211
 *   HWC_PY_CORE=DIR node .../spec/data/vectors/make.js            check both files
 *   HWC_PY_CORE=DIR node .../spec/data/vectors/make.js --write    write hard.json anew
 *
 * The npm package is searched for from the current folder, so nothing has to be
 * installed inside the project. DIR holds the official Python core of the same
 * version (the folder that contains `huaweicloudsdkcore/`; it needs pyasn1).
 *
 * Promises:
 *  - The output depends on this file alone, not on a clock, on random numbers
 *    or on the environment. Two runs give the same bytes.
 *  - Nothing is written unless every witness ran, and agreed on every stage that
 *    it can compute. There are three witnesses: the model below, written from
 *    the rule; the official Node signer; the official Python signer.
 *  - A difference between an official signer and the rule has to be declared
 *    in the vector (`node:` / `python:`). An undeclared difference is an error.
 *    A declared difference that does not show up is an error too, so that the
 *    declarations stay true.
 *  - Without HWC_PY_CORE a check is still possible (model and Node only), but
 *    nothing can be written, because "source" says that Python agreed.
 */

const crypto = require('crypto');
const fs = require('fs');
const path = require('path');
const { createRequire } = require('module');
const { spawnSync } = require('child_process');

const VERSION = '3.1.211';
const HARD = path.join(__dirname, 'hard.json');
const OFFICIAL = path.join(__dirname, 'official.json');
const SHA256 = 'SDK-HMAC-SHA256';
const SM3 = 'SDK-HMAC-SM3';
const V11 = 'V11-HMAC-SHA256';

const problems = [];
const complain = (id, text) => problems.push(`${id}: ${text}`);

/* ------------------------------------------------------------------ model
 * The rule, applied to bytes and not to strings: JavaScript orders strings by
 * UTF-16 code unit, which differs from the order of UTF-8 bytes above U+FFFF. */

const bytes = (s) => Buffer.from(s, 'utf8');
const byBytes = (a, b) => Buffer.compare(bytes(a), bytes(b));

function enc(s) {
  let out = '';
  for (const b of bytes(s)) {
    const c = String.fromCharCode(b);
    out += /[A-Za-z0-9\-_.~]/.test(c) ? c : '%' + b.toString(16).toUpperCase().padStart(2, '0');
  }
  return out;
}

/* What the signer has to send and sign besides the caller's own headers. */
function fullHeaders(v) {
  const c = v.credentials;
  const all = { ...v.request.headers, host: v.request.host, 'X-Sdk-Date': v.date };
  if (c.project_id) all['X-Project-Id'] = c.project_id;
  if (c.domain_id) all['X-Domain-Id'] = c.domain_id;
  if (c.security_token) all['X-Security-Token'] = c.security_token;
  return all;
}

const trim = (s) => s.replace(/^[ \t]+|[ \t]+$/g, '');

function model(v) {
  const { method, path: raw, query, body } = v.request;
  const cred = v.credentials;
  const alg = cred.algorithm || SHA256;
  const hashName = alg === SM3 ? 'sm3' : 'sha256';
  const hash = (data) => crypto.createHash(hashName).update(bytes(data)).digest('hex');

  const urlPath = (raw === '' ? '/' : raw).split('/').map(enc).join('/');
  const uri = urlPath.endsWith('/') ? urlPath : urlPath + '/';

  const pairs = [];
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) pairs.push([name, one]);
  }
  pairs.sort((a, b) => byBytes(a[0], b[0]) || byBytes(a[1], b[1]));
  const queryString = pairs.map(([n, x]) => enc(n) + '=' + enc(x)).join('&');

  const lower = Object.entries(fullHeaders(v)).map(([n, x]) => [n.toLowerCase(), trim(x)]);
  lower.sort((a, b) => byBytes(a[0], b[0]));
  if (new Set(lower.map((h) => h[0])).size !== lower.length) complain(v.id, 'a header is given twice');
  const headers = lower.map(([n, x]) => `${n}:${x}\n`).join('');
  const signed = lower.map((h) => h[0]).join(';');

  const given = lower.find((h) => h[0] === (alg === SM3 ? 'x-sdk-content-sm3' : 'x-sdk-content-sha256'));
  const payload = given ? given[1] : hash(body);

  const cr = [method, uri, queryString, headers, signed, payload].join('\n');
  let key = bytes(cred.secret_key);
  let who = `Access=${cred.access_key}`;
  let scope = [];
  if (alg === V11) {
    const info = `${v.date.slice(0, 8)}/${cred.region}/${cred.service}`;
    const raw32 = crypto.hkdfSync('sha256', key, bytes(cred.access_key), bytes(info), 32);
    key = bytes(Buffer.from(raw32).toString('hex')); // the hex text is the key
    who = `Credential=${cred.access_key}/${info}`;
    scope = [info];
  }
  const sts = [alg, v.date, ...scope, hash(cr)].join('\n');
  const signature = crypto.createHmac(hashName, key).update(bytes(sts)).digest('hex');
  return {
    url_path: urlPath,
    query_string: queryString,
    canonical_request: cr,
    string_to_sign: sts,
    signed_headers: signed,
    signature,
    authorization: `${alg} ${who}, SignedHeaders=${signed}, Signature=${signature}`,
  };
}

/* The six parts of a canonical request, so that witnesses can be compared
 * part by part. The header block is what lies between the third line and the
 * last two; no header value holds a newline.                                 */
function parts(cr) {
  const l = cr.split('\n');
  return {
    method: l[0], path: l[1], query: l[2],
    headers: l.slice(3, -3).join('\n'),
    signed: l[l.length - 2], payload: l[l.length - 1],
  };
}

/* ----------------------------------------------------------- Node witness */

const coreRequire = createRequire(path.join(process.cwd(), 'from-here.js'));
const CORE = '@huaweicloud/huaweicloud-sdk-core';
const found = coreRequire(CORE + '/package.json').version;
if (found !== VERSION) throw new Error(`need ${CORE}@${VERSION}, found ${found}`);
const { AKSKSigner } = coreRequire(CORE + '/auth/AKSKSigner');
const { DerivedAKSKSigner } = coreRequire(CORE + '/auth/DerivedAKSKSigner');

/* Runs the official sign() and records what it builds. Two inputs are prepared
 * to avoid quirks of sign() about which the rule says nothing. Header values are
 * trimmed beforehand, because sign() never trims. A body that JSON.stringify would
 * not make is hashed by the SDK's Hex(), because sign() can only hash JSON that
 * it has just made. `fix` replaces single parts by the model's parts, and is
 * used only for parts with a declared difference.                             */
function nodeRun(v, fix) {
  const cred = v.credentials;
  const alg = cred.algorithm || SHA256;
  const heard = {};
  const Base = alg === V11 ? DerivedAKSKSigner : AKSKSigner;
  class Ear extends Base {
    static buildCanonicalRequest(method, uri, query, headers, signed, payload) {
      heard.cr = super.buildCanonicalRequest(
        method, fix.path === undefined ? uri : fix.path, fix.query === undefined ? query : fix.query,
        fix.headers === undefined ? headers : fix.headers + '\n', signed,
        fix.payload === undefined ? payload : fix.payload);
      return heard.cr;
    }
    static getStringToSign(...a) { return (heard.sts = super.getStringToSign(...a)); }
    static getStringToSignByInfo(...a) { return (heard.sts = super.getStringToSignByInfo(...a)); }
    static buildPayloadHash(r) {
      return r.rawBody === undefined || r.headers[this.HeaderContentSha256]
        ? super.buildPayloadHash(r) : this.Hex(r.rawBody);
    }
  }
  if (alg === SM3) {
    // This SDK has no SM3: the SDK's own signing code runs with SM3 in place of SHA-256.
    Ear.SDK_SIGNING_ALGORITHM = SM3;
    Ear.HeaderContentSha256 = 'X-Sdk-Content-Sm3';
    Ear.Hex = (s) => crypto.createHash('sm3').update(s).digest('hex');
    Ear.EMPTY_BODY_SHA256 = Ear.Hex('');
    Ear.hmacSHA256 = (k, s) => crypto.createHmac('sm3', k).update(s).digest('hex');
  }
  const headers = {};
  for (const [n, x] of Object.entries(fullHeaders(v))) headers[n] = trim(x);
  const request = {
    method: v.request.method,
    endpoint: `https://${v.request.host}${v.request.path}`,
    queryParams: JSON.parse(JSON.stringify(v.request.query)), // sign() sorts the query in place
    headers,
  };
  if (v.request.body !== '') {
    let data;
    try { data = JSON.parse(v.request.body); } catch (e) { /* not JSON */ }
    if (data && JSON.stringify(data) === v.request.body) request.data = data;
    else request.rawBody = v.request.body;
  }
  const out = Ear.sign(request, {
    getAk: () => cred.access_key, getSk: () => cred.secret_key,
    getRegionId: () => cred.region, getDerivedAuthServiceName: () => cred.service,
  });
  return { canonical_request: heard.cr, string_to_sign: heard.sts,
    authorization: out.Authorization, rawBody: request.rawBody !== undefined };
}

/* Which inputs had to be prepared; the text becomes a part of "source". */
function nodePreparation(v, run) {
  const did = [];
  if (Object.values(v.request.headers).some((x) => trim(x) !== x)) did.push('header values trimmed beforehand');
  if (run.rawBody) did.push('body hashed by AKSKSigner.Hex');
  return did.length ? ` (${did.join(', ')})` : '';
}

function nodeWitness(v, want) {
  const declared = v.node || {};
  const free = nodeRun(v, {});
  const got = parts(free.canonical_request);
  const due = parts(want.canonical_request);
  const fix = {};
  for (const part of Object.keys(due)) {
    const differs = got[part] !== due[part];
    if (differs && declared[part] === undefined) {
      complain(v.id, `Node differs in ${part}, undeclared:\n  rule ${JSON.stringify(due[part])}\n  node ${JSON.stringify(got[part])}`);
    } else if (!differs && declared[part] !== undefined) {
      complain(v.id, `Node was said to differ in ${part}, but agrees`);
    } else if (differs && declared[part] !== got[part]) {
      complain(v.id, `Node differs in ${part} otherwise than declared: ${JSON.stringify(got[part])}`);
    }
    if (differs) fix[part] = due[part];
  }
  const run = Object.keys(fix).length ? nodeRun(v, fix) : free;
  for (const stage of ['canonical_request', 'string_to_sign', 'authorization']) {
    if (run[stage] !== want[stage]) complain(v.id, `Node disagrees on ${stage}`);
  }
  const prep = nodePreparation(v, run);
  const swapped = v.credentials.algorithm === SM3 ? ', with SM3 in place of SHA-256' : '';
  const names = Object.keys(fix);
  if (!names.length) return `Node ${VERSION}: whole AKSKSigner.sign${swapped}${prep}`;
  // CanonicalURI of the Node signer is still a witness for the raw path, because
  // only the URL parsing before it changes the path.
  let also = '';
  if (names.includes('path')) {
    if (AKSKSigner.CanonicalURI(v.request.path) === due.path) also = '; its CanonicalURI alone agrees on the raw path';
  }
  return `Node ${VERSION}: all but ${names.join(' and ')}, and from the string to sign onward${swapped}${prep}${also}`;
}

/* --------------------------------------------------------- Python witness */

const DRIVER = `
import json, sys
from huaweicloudsdkcore.signer import signer as S
from huaweicloudsdkcore.sdk_request import SdkRequest
class Cred: pass
out = []
for v in json.load(sys.stdin):
    c = Cred(); c.ak = v["ak"]; c.sk = v["sk"]
    base = {"${SM3}": S.SM3Signer, "${V11}": S.DerivationAKSKSigner}.get(v["alg"], S.Signer)
    heard = {}
    class Ear(base):
        def _process_canonical_request(self, *a):
            heard["cr"] = v["force"] or super()._process_canonical_request(*a)
            return heard["cr"]
        def _process_string_to_sign(self, *a):
            heard["sts"] = super()._process_string_to_sign(*a)
            return heard["sts"]
    r = SdkRequest(method=v["method"], schema="https", host=v["host"], resource_path=v["url_path"],
                   query_params=[tuple(p) for p in v["query"]], header_params=dict(v["headers"]), body=v["body"])
    Ear(c).sign(r, v["service"], v["region"]) if v["alg"] == "${V11}" else Ear(c).sign(r)
    out.append({"cr": heard["cr"], "sts": heard["sts"], "auth": r.header_params["Authorization"], "uri": r.uri})
json.dump(out, sys.stdout)
`;

/* The Python signer gets the encoded path, as the Python client passes it. The
 * signer decodes the path and encodes it again, which gives the rule's text for
 * every path whose segments hold no '/'.                                      */
function pythonRun(jobs) {
  const input = jobs.map(({ v, want, force }) => ({
    alg: v.credentials.algorithm || SHA256,
    ak: v.credentials.access_key, sk: v.credentials.secret_key,
    region: v.credentials.region, service: v.credentials.service,
    method: v.request.method, host: v.request.host, url_path: want.url_path,
    query: Object.entries(v.request.query), body: v.request.body,
    headers: fullHeaders(v), force: force ? want.canonical_request : null,
  }));
  const p = spawnSync('python3', ['-W', 'ignore', '-c', DRIVER], {
    input: JSON.stringify(input), encoding: 'utf8', maxBuffer: 1 << 26,
    env: { ...process.env, PYTHONPATH: process.env.HWC_PY_CORE, PYTHONDONTWRITEBYTECODE: '1' },
  });
  if (p.status !== 0) throw new Error('the Python witness failed:\n' + p.stderr);
  return JSON.parse(p.stdout);
}

function pythonWitness(jobs) {
  const free = pythonRun(jobs);
  const forced = pythonRun(jobs.map((j) => ({ ...j, force: true })));
  jobs.forEach(({ v, want }, i) => {
    const differs = free[i].cr !== want.canonical_request;
    if (differs && !v.python) {
      complain(v.id, `Python differs, undeclared:\n${free[i].cr}\n--- rule\n${want.canonical_request}`);
    }
    if (!differs && v.python) complain(v.id, 'Python was said to differ, but agrees');
    const use = differs ? forced[i] : free[i];
      // A signer that would sign other headers also lists other headers. In that
      // case the signature is compared, not the whole authorization text.
    const auth = differs ? use.auth.endsWith(`Signature=${want.signature}`) : use.auth === want.authorization;
    if (use.sts !== want.string_to_sign || !auth) {
      complain(v.id, 'Python disagrees from the string to sign onward');
    }
    const uri = want.url_path + (want.query_string ? '?' + want.query_string : '');
    if (free[i].uri !== uri) complain(v.id, `Python would send ${free[i].uri}`);
  });
}

const pythonSource = (v) => (v.python
  ? `Python ${VERSION}: from the string to sign onward`
  : `Python ${VERSION}: whole ${v.credentials.algorithm === SM3 ? 'SM3Signer' : 'Signer'}.sign`);

/* ---------------------------------------------------------------- vectors
 * Keys and ids are invented. `node` / `python` declare known differences:
 * node maps a part of the canonical request to the text the official Node
 * signer makes instead; python is the reason in words.                       */

const AK = 'EXAMPLEACCESSKEY0001';
const SK = 'ExampleSecretKeyForTestVectorsOnly000001';
const HOST = 'cbr.cn-north-4.myhuaweicloud.com';
const PROJECT = '5c9a2d1f6b3e4c0fa8d7e1b2c3d4e5f6';
const JSON_TYPE = { 'Content-Type': 'application/json' };

const list = [];
function add(id, note, request, more = {}) {
  const { credentials, date, sm3, ...rest } = more;
  const v = {
    id, note,
    request: { method: 'GET', host: HOST, path: '/v3/x', query: {}, headers: {}, body: '', ...request },
    credentials: { access_key: AK, secret_key: SK, ...credentials },
    date: date || '20240102T030405Z',
    ...rest,
  };
  list.push(v);
  if (sm3) {
    list.push({ ...v, id: id + '-sm3', note: `${note} (the same with SM3)`,
      credentials: { ...v.credentials, algorithm: SM3 } });
  }
}
const q = (id, note, query, more) => add(id, note, { query }, more);
const p = (id, note, rawPath, more) => add(id, note, { path: rawPath }, more);

// --- query
q('q-space-and-plus', "a space is %20, never '+'; a plus is %2B", { q: 'a b+c', 'm n': '+ +' }, { sm3: true });
q('q-reserved-in-value', "every printable ASCII sign; only - _ . ~ stay as they are, * ' ( ) ! do not",
  { r: "+/~*'()!@:&=%#?$,;[]-_.\\\"<>^`{|}" }, { sm3: true });
q('q-reserved-in-name', 'names are encoded like values',
  { 'a b': '1', 'a+b': '2', 'x/y': '3', 'k=v': '4', 'p&q': '5', '100%': '6', 't~t': '7', 'f[0]': '8', 'who?': '9', '#': '10' });
q('q-sorted-by-raw-name', "the raw name decides the order, not the encoded one: '-' < ':' < '~' raw, but '%' sorts before both when encoded (Java, C++ and the gateway's own sample signer sort encoded names)",
  { 'a:': '1', 'a-': '2', 'a~': '3', 'a b': '4', 'a\u00e9': '5', ab: '6' });
q('q-sorted-by-raw-value', 'the raw value decides among equal names', { k: ['a:', 'a-', 'a b', 'a', 'a~', 'a\u00e9'] });
q('q-unicode', 'UTF-8 of 2, 3 and 4 bytes in names and values',
  { 'caf\u00e9': 'na\u00efve', '\u5907\u4efd': '\u4fdd\u7ba1\u5e93 1', '\u{1f600}': '\u{1f4be}\u{10ffff}' }, { sm3: true });
q('q-unicode-not-normalised', 'composed and decomposed e-acute are two different names, bytes decide',
  { 'e\u0301': '1', '\u00e9': '2' });
q('q-utf8-order-names', 'UTF-8 order puts U+FF5E before U+1F600; UTF-16 order (the Node signer) has it the other way round',
  { '\u{1f600}': 'b', '\uff5e': 'a' },
  { node: { query: '%F0%9F%98%80=b&%EF%BD%9E=a' } });
q('q-utf8-order-values', 'the same for the values of one name',
  { k: ['\u{1f600}', '\uff5e'] }, { node: { query: 'k=%F0%9F%98%80&k=%EF%BD%9E' } });
q('q-empty-value', "a name without a value is signed and sent as 'name='", { empty: '', z: '1', also: '' });
q('q-repeated-out-of-order', 'values of one name are sorted as bytes, so 10 comes before 9', { n: ['9', '10', '1', '2'], a: 'x', z: ['b', 'a'] }, { sm3: true });
q('q-repeated-and-empty', 'empty values sort first; equal pairs all stay', { k: ['', 'b', '', 'a', 'b'], j: [''] });
q('q-one-element-array', 'an array of one is the same as a string', { limit: ['10'], offset: '0' });
q('q-letter-case', "upper case sorts before '_' and lower case; names differing in case are different names",
  { b: '1', B: '2', a: '3', A: '4', _: '5', Z: '6', k: ['b', 'B', 'a', 'A'] });
q('q-names-share-prefix', 'a shorter name first, then - . digits letters-upper _ letters-lower ~',
  { 'a~': '9', ab: '8', a_b: '7', aB: '6', a1: '5', 'a.b': '4', 'a-b': '3', a: '2', 'a-': '1', a10: '0' });
q('q-percent-is-literal', 'text that looks encoded is encoded again: the input is raw', { p: '%2F%20', '%41': 'A', z: '100%25' });
q('q-control-characters', 'tab, newline, DEL and NUL are encoded', { c: 'a\tb\nc\r\n\u007f\u0000d', '\n': '1' });
q('q-many', '40 parameters given in descending order',
  Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`p${40 - i}`, `${(i * 37) % 41}`])));

// --- path. The Node signer signs the path of a parsed URL, in which the parser has percent-encoded some characters, or
// cut the path at '?' or '#'. `node` has what it signs then.
p('p-space', 'a space in a segment is %20 once; the Node signer encodes twice', '/v3/my vault/a b', { sm3: true, node: { path: '/v3/my%2520vault/a%2520b/' } });
p('p-unicode', 'UTF-8 of 2, 3 and 4 bytes', '/v3/\u00e9/\u5907\u4efd/\u{1f600}', { sm3: true });
p('p-colon-at-plus', "':', '@' and '+' are encoded in a path too", '/v3/os:nova@x/a+b,c;d=e');
p('p-reserved', 'the sub-delimiters and brackets', "/v3/!$&'()*/[a]-_.~", { node: { path: '/v3/%21%24%26%2527%28%29%2A/%5Ba%5D-_.~/' } });
p('p-percent', "a '%' of the raw path is %25, also where it looks like an escape", '/v3/100%/a%2Fb/%e4');
p('p-question-hash', "'?' and '#' of a raw path belong to the path and get encoded; the Node signer takes them for the start of query and fragment", '/v3/what?/is#this', { node: { path: '/v3/what/' } });
p('p-backslash-quote', 'a backslash is no separator; the Node signer turns it into a slash', '/v3/a\\b/"c"', { node: { path: '/v3/a/b/%2522c%2522/' } });
p('p-double-slash', 'empty segments stay, at the front, inside and at the end', '//v3//a///b//');
p('p-trailing-slash', 'no second slash is added, and the one given is sent', '/v3/vaults/');
p('p-only-slashes', 'two slashes are two slashes', '//');
add('p-root-with-query', "root stays '/', with a query", { path: '/', query: { a: '1' } });
add('p-empty', "an empty path is sent and signed as '/'", { path: '', query: { a: '1' } });
p('p-dots', 'dot segments are kept: no part of the client may resolve them', '/a/../b/./c/..', { sm3: true });

// --- host
add('host-port', 'the port is signed when the URL carries one', { host: 'cbr.example.com:8443' });
add('host-upper-case', 'signed as sent, not lowered (Node lowers it when it takes the host from the URL; here it was given the Host header)', { host: 'CBR.Cn-North-4.Example.COM' });
add('host-ipv6-port', 'an address literal with a port', { host: '[2001:db8::1]:8443' });

// --- headers
add('hd-trim', 'spaces and tabs around a value go', { headers: { 'X-A': '  lead', 'X-B': 'trail \t ', 'X-C': '\t both\t', 'X-D': 'none' } }, { sm3: true });
add('hd-inner-spaces', 'runs of spaces and tabs inside a value stay', { headers: { 'X-Inner': ' a   b\t\tc "d  e" ' } });
add('hd-empty-value', 'an empty or blank value leaves the name and a colon', { headers: { 'X-Empty': '', 'X-Blank': '  \t ', 'X-Last': '1' } });
add('hd-mixed-case', 'names are lowered, values are not', { headers: { 'CONTENT-type': 'application/JSON', aCCept: 'Text/Plain', 'X-REQUEST-ID': 'AbC' } });
add('hd-shared-prefix', "'-' sorts before digits, digits before letters, shorter first",
  { headers: { 'X-Ab': '1', 'X-A-B': '2', 'X-A': '3', 'X-A1': '4', 'X-A10': '5', 'X-A-': '6', 'X-A2': '7', 'X-B': '8' } });
add('hd-underscore', "'_' sorts between digits and letters. The official Python, Go and Java signers leave such names out of the signature, the Node signer gives them and the list of names different orders; a client that never signs such names can skip this one",
  { headers: { X_A: '1', 'X-A': '2', Xa: '3', X1: '4' } },
  { python: 'skips names with an underscore',
    node: { headers: 'host:cbr.cn-north-4.myhuaweicloud.com\nx_a:1\nx-a:2\nx-sdk-date:20240102T030405Z\nx1:4\nxa:3' } });
add('hd-before-host', 'names on both sides of host and x-sdk-date', { headers: { Accept: '*/*', 'User-Agent': 'lua-cbr/1.0 (x; y)', 'X-Sdk': '1', 'X-Sdk-Datf': '2', Zz: 'z:z,z;z=z' } });
add('hd-unicode-value', 'a value is signed as its UTF-8 bytes', { headers: { 'X-Name': ' \u5907\u4efd \u00e9 ' } });

// --- payload
add('pl-unsigned', 'the value of X-Sdk-Content-Sha256 takes the place of the hash, and is signed as a header',
  { method: 'POST', headers: { ...JSON_TYPE, 'X-Sdk-Content-Sha256': 'UNSIGNED-PAYLOAD' }, body: '{"a":1}' });
add('pl-unsigned-empty-body', 'also without a body; the Python signer uses the empty hash there',
  { method: 'POST', headers: { 'X-Sdk-Content-Sha256': 'UNSIGNED-PAYLOAD' } }, { python: 'hash of the empty body' });
add('pl-unsigned-lower-case-name', 'header names have no case, so the lower-case name counts too; the Node signer hashes the body there',
  { method: 'POST', headers: { 'x-sdk-content-sha256': 'UNSIGNED-PAYLOAD' }, body: '{"a":1}' },
  { node: { payload: '015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862' } });
add('pl-unsigned-sm3', 'with SM3 the header is X-Sdk-Content-Sm3',
  { method: 'POST', headers: { 'X-Sdk-Content-Sm3': 'UNSIGNED-PAYLOAD' }, body: '{"a":1}' }, { credentials: { algorithm: SM3 } });

// --- bodies
add('body-unicode', 'UTF-8 body', { method: 'POST', headers: { 'Content-Type': 'application/json;charset=UTF-8' }, body: '{"name":"\u5907\u4efd \u00e9 \u{1f600}"}' }, { sm3: true });
add('body-not-compact', 'the bytes are hashed as they are: spaces, newline at the end', { method: 'POST', headers: JSON_TYPE, body: '{ "a" : [ 1, 2 ] }\r\n' });
add('body-control-bytes', 'all of U+0000 to U+001F, DEL, then U+0080 and U+00FF; a NUL does not end the body',
  { method: 'POST', body: Array.from({ length: 32 }, (_, i) => String.fromCharCode(i)).join('') + '\u007f\u0080\u00ffend' }, { sm3: true });
add('body-600', '600 bytes', { method: 'PUT', headers: JSON_TYPE, body: '0123456789abcdefghijklmno'.repeat(24) });
for (const n of [55, 56, 64]) {
  add(`body-${n}-bytes`, 'a length at the edge of the hash padding', { method: 'POST', body: 'a'.repeat(n) }, { sm3: n === 56 });
}
add('body-blank', 'a body of one space is not an empty body', { method: 'POST', body: ' ' });
add('post-empty-body', 'POST without a body', { method: 'POST', headers: JSON_TYPE }, { sm3: true });

// --- methods
add('delete-no-body', 'DELETE without a body', { method: 'DELETE', path: '/v3/p/backups/1a2b' });
add('delete-with-body', 'DELETE with a body, which is hashed', { method: 'DELETE', headers: JSON_TYPE, body: '{"force":true}' });
add('put', 'PUT', { method: 'PUT', headers: JSON_TYPE, body: '{"vault":{"name":"n"}}' });
add('patch', 'PATCH', { method: 'PATCH', headers: JSON_TYPE, body: '[]' });
add('head', 'HEAD', { method: 'HEAD', query: { a: 'b' } });

// --- credentials
add('cred-token', 'temporary key: X-Security-Token is sent and signed', { headers: JSON_TYPE },
  { credentials: { security_token: 'gQ+/Example=='.repeat(20) }, sm3: true });
add('cred-domain', 'X-Domain-Id', {}, { credentials: { domain_id: 'd0d1d2d3d4d5d6d7d8d9dadbdcdddedf' } });
add('cred-project-token', 'X-Project-Id and X-Security-Token', { method: 'POST', path: `/v3/${PROJECT}/checkpoints/sync`, headers: JSON_TYPE, body: '{"sync":[]}' },
  { credentials: { project_id: PROJECT, security_token: 'token/1+2==' } });
add('cred-sk-1-byte', 'a secret of one byte', {}, { credentials: { secret_key: 'k' } });
add('cred-sk-64-bytes', 'a secret of exactly one block is used as it is', {}, { credentials: { secret_key: 'S'.repeat(64) } });
add('cred-sk-65-bytes', 'a longer secret is hashed by HMAC first', {}, { credentials: { secret_key: 'S'.repeat(65) }, sm3: true });
add('cred-long', 'access key of 128 and secret of 200 bytes', {}, { credentials: { access_key: 'AK'.repeat(64), secret_key: 'secret-key'.repeat(20) } });
add('cred-sk-any-bytes', 'the secret is bytes: blanks around it, signs and UTF-8 all count', {}, { credentials: { secret_key: ' +/=%20 \u00e9\u5907 ' } });

// --- dates
add('date-leap', 'last second of a leap day', {}, { date: '20240229T235959Z' });
add('date-past-2038', 'beyond a signed 32-bit time', {}, { date: '20380119T031408Z' });

// --- all at once
add('everything', 'the hard cases together', {
  method: 'PATCH', host: 'Cbr.Example.com:8443', path: '//v3/\u5907\u4efd/a+b:c@d/../%/',
  query: { '\u00e9 k': ['z', '', '\u{1f600}', 'a b'], B: '', a: ['+', '%2B'], '~*': "'()" },
  headers: { 'User-Agent': ' x  y ', 'CONTENT-TYPE': 'application/json', 'X-A-B': '', 'X-Ab': '\t1 ', 'X-A': '2' },
  body: '{"k": "\u5907\u0000"}',
}, {
  date: '20291231T235959Z', sm3: true,
  credentials: { access_key: 'AK-._~', secret_key: 'x'.repeat(70), security_token: 'T/+=', project_id: PROJECT },
});

/* ------------------------------------------------------------------- make */

function consistent(v) {
  const e = v.expect;
  const alg = v.credentials.algorithm || SHA256;
  const h = crypto.createHash(alg === SM3 ? 'sm3' : 'sha256').update(e.canonical_request).digest('hex');
  if (!e.string_to_sign.endsWith('\n' + h)) complain(v.id, 'string to sign does not hold the hash of the canonical request');
  if (!e.authorization.endsWith(`Signature=${e.signature}`)) complain(v.id, 'authorization does not end with the signature');
  if (!e.authorization.includes(`SignedHeaders=${e.signed_headers},`)) complain(v.id, 'authorization does not hold the signed headers');
  if (!e.canonical_request.includes(`\n\n${e.signed_headers}\n`)) complain(v.id, 'canonical request does not hold the signed headers');
  if (!e.authorization.startsWith(alg + ' ')) complain(v.id, 'authorization names another algorithm');
}

/* ASCII only, so that no editor or normaliser can change a byte. */
const dump = (o) => JSON.stringify(o, null, 1)
  .replace(/[\u007f-\uffff]/g, (c) => '\\u' + c.charCodeAt(0).toString(16).padStart(4, '0')) + '\n';

/* The model has to reproduce the results of the official signers before it is
 * used for harder cases.                                                      */
const officialFile = JSON.parse(fs.readFileSync(OFFICIAL, 'utf8'));
const official = [...officialFile.vectors, ...officialFile.derived_vectors];
const jobs = [];
for (const v of official) {
  consistent(v);
  const want = model(v);
  for (const k of Object.keys(want)) if (want[k] !== v.expect[k]) complain(v.id, `model and file disagree on ${k}`);
  nodeWitness(v, want);
  jobs.push({ v, want });
}

const vectors = list.map((v) => {
  const expect = model(v);
  const source = [nodeWitness(v, expect), pythonSource(v), 'model of make.js: whole'].join('. ') + '.';
  jobs.push({ v, want: expect });
  const done = { id: v.id, note: v.note, source, request: v.request, credentials: v.credentials, date: v.date, expect };
  consistent(done);
  return done;
});
if (new Set(vectors.map((v) => v.id)).size !== vectors.length) complain('hard.json', 'an id is used twice');

const python = Boolean(process.env.HWC_PY_CORE);
if (python) pythonWitness(jobs);

const text = dump({
  about: 'Hard cases for the request signer, made by make.js from the rule and confirmed by the official Node and Python signers as far as each "source" says. Keys are invented. request.path is raw (not encoded), request.body is the exact text whose UTF-8 bytes are sent.',
  vectors,
});
const sm3Count = vectors.filter((v) => v.credentials.algorithm === SM3).length;
console.log(`official.json: ${official.length} vectors; hard.json: ${vectors.length} vectors, ${sm3Count} of them SM3; witnesses: model, Node${python ? ', Python' : ''}`);

if (problems.length) {
  console.error(`${problems.length} disagreement(s), nothing written:\n` + problems.join('\n'));
  process.exit(1);
}
if (process.argv.includes('--write')) {
  if (!python) { console.error('HWC_PY_CORE is not set: nothing written, one witness is missing'); process.exit(1); }
  fs.writeFileSync(HARD, text);
  console.log('hard.json written');
} else if (!fs.existsSync(HARD) || fs.readFileSync(HARD, 'utf8') !== text) {
  console.error('hard.json is not what this file makes; run with --write');
  process.exit(1);
} else {
  console.log('hard.json is up to date');
}
