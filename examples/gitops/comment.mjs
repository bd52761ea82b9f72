/**
 * Puts a report on a pull request (GitHub, Azure Repos) or merge request (GitLab): edits the comment that an earlier run
 * made, or makes one. Usage: node comment.mjs impact.md
 */
import { readFileSync } from "node:fs";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";

const { env } = process;

function needed(name) {
  if (env[name]) return env[name];
  throw new Error(`The variable ${name} is not set. Set it in the job (see the workflow beside this script).`);
}

/** What differs between forges; each is known by a variable that it sets in its jobs. */
const forges = {
  GITHUB_REPOSITORY: () => {
    const { GITHUB_API_URL = "https://api.github.com", GITHUB_REPOSITORY, COMMENT_AUTHOR } = env;
    const issues = `${GITHUB_API_URL}/repos/${GITHUB_REPOSITORY}/issues`;
    const comments = `${issues}/${needed("PULL_REQUEST")}/comments`;
    return {
      longest: 65_536,
      headers: { authorization: `Bearer ${needed("GITHUB_TOKEN")}`, accept: "application/vnd.github+json" },
      // A job's own token may not ask who it is.
      me: async () => COMMENT_AUTHOR || "github-actions[bot]",
      first: `${comments}?per_page=100`,
      read: (page) =>
        page.map(({ id, body, user }) => ({ url: `${issues}/comments/${id}`, text: body, by: user?.login })),
      edit: ["PATCH", (body) => ({ body })],
      make: [comments, (body) => ({ body })],
    };
  },
  CI_API_V4_URL: () => {
    const api = needed("CI_API_V4_URL");
    const notes = `${api}/projects/${needed("CI_PROJECT_ID")}/merge_requests/${needed("CI_MERGE_REQUEST_IID")}/notes`;
    return {
      longest: 1_000_000,
      headers: { "private-token": needed("GITLAB_TOKEN") },
      me: async () => (await call("GET", `${api}/user`)).json.id,
      first: `${notes}?per_page=100`,
      read: (page) => page.map(({ id, body, author }) => ({ url: `${notes}/${id}`, text: body, by: author?.id })),
      edit: ["PUT", (body) => ({ body })],
      make: [notes, (body) => ({ body })],
    };
  },
  SYSTEM_COLLECTIONURI: () => {
    const collection = needed("SYSTEM_COLLECTIONURI").replace(/\/*$/, "");
    const repository = `${collection}/${needed("SYSTEM_TEAMPROJECTID")}/_apis/git/repositories/${needed("BUILD_REPOSITORY_ID")}`;
    const threads = `${repository}/pullRequests/${needed("SYSTEM_PULLREQUEST_PULLREQUESTID")}/threads`;
    const version = "?api-version=7.1";
    return {
      longest: 150_000,
      headers: { authorization: `Bearer ${needed("SYSTEM_ACCESSTOKEN")}` },
      me: async () => (await call("GET", `${collection}/_apis/connectionData`)).json.authenticatedUser.id,
      // All threads come at once: this list has no pages.
      first: `${threads}${version}`,
      read: ({ value }) =>
        value.flatMap(({ id: thread, comments: [comment] = [] }) =>
          comment && !comment.isDeleted
            ? {
                url: `${threads}/${thread}/comments/${comment.id}${version}`,
                text: comment.content,
                by: comment.author?.id,
              }
            : [],
        ),
      edit: ["PATCH", (content) => ({ content })],
      // Closed: a policy may demand that threads are resolved, and holding the merge is for the gate.
      make: [`${threads}${version}`, (content) => ({ status: "closed", comments: [{ content, commentType: "text" }] })],
    };
  },
};

function forgeHere() {
  const name = Object.keys(forges).find((variable) => env[variable]);
  if (!name)
    throw new Error(`This is a job of no forge that is known: one of ${Object.keys(forges).join(", ")} is set.`);
  return forges[name]();
}

let headers = {};

/** One request, made again where the forge says when. */
async function call(method, url, body) {
  for (let times = 1; ; times++) {
    const { response, text } = await send(method, url, body);
    const wait = Number(response.headers.get("retry-after") ?? Number.NaN);
    if (times < 4 && [403, 429, 503].includes(response.status) && wait <= 60) {
      await sleep(wait * 1000);
      continue;
    }
    const json = parsed(text);
    // Azure shows a page to sign in on, and calls it a success.
    if (response.ok && json !== undefined) return { json, next: nextOf(response, url) };
    const said = json?.message ?? json?.error ?? "";
    const words = said === "" ? "" : ` (${(typeof said === "string" ? said : JSON.stringify(said)).slice(0, 300)})`;
    throw new Error(`${method} ${url} was answered with ${response.status}${words}. ${advice(response.status)}`);
  }
}

async function send(method, url, body) {
  try {
    const response = await fetch(url, {
      method,
      headers: { ...headers, "content-type": "application/json" },
      body: body && JSON.stringify(body),
      // The token goes to no other host.
      redirect: "manual",
      signal: AbortSignal.timeout(1000 * (env.COMMENT_TIMEOUT || 30)),
    });
    return { response, text: await response.text() };
  } catch (error) {
    throw new Error(`${method} ${url} failed: ${error.cause?.message ?? error.message}. Run the job again.`);
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function advice(status) {
  if (status < 400 || status === 401) return "The token is not accepted: see whether it has expired.";
  if (status === 403) return "Give the token the right to write comments, or wait where it has made too many requests.";
  if (status === 404) return "See whether the token may read this project.";
  return status === 429 || status >= 500 ? "Run the job again later." : "The forge does not take this.";
}

function nextOf(response, url) {
  const next = /<([^>]+)>;\s*rel="?next"?/.exec(response.headers.get("link") ?? "")?.[1];
  if (next && new URL(next).origin !== new URL(url).origin) throw new Error(`The next page is elsewhere: ${next}`);
  return next;
}

/** The marker without its commit: one comment for each stack. */
const stackOf = (text) => /^<!-- pulumi-intune-mail impact stack=\S+(?= )/.exec(text ?? "")?.[0];

/** The comment of this job's own account. Others may copy the marker, and could change afterwards what it says. */
async function find({ me, first, read }, marker) {
  const by = await me();
  for (let url = first; url; ) {
    const { json, next } = await call("GET", url);
    const found = read(json).find((comment) => comment.by === by && stackOf(comment.text) === marker);
    if (found) return found;
    url = next;
  }
}

async function main([file]) {
  if (!file) throw new Error("Say which report: node comment.mjs impact.md");
  const text = readFileSync(file, "utf8");
  const marker = stackOf(text);
  if (!marker)
    throw new Error(`${file} has no marker in its first line. Make it with intune-mail impact --format markdown.`);
  const forge = forgeHere();
  if (text.length > forge.longest)
    throw new Error(`${file} has ${text.length} characters, and a comment here has ${forge.longest} at most.`);
  headers = forge.headers;
  const found = await find(forge, marker);
  if (found) {
    const [method, bodyOf] = forge.edit;
    await call(method, found.url, bodyOf(text));
    return `Edited ${found.url}.`;
  }
  const [url, bodyOf] = forge.make;
  const { json } = await call("POST", url, bodyOf(text));
  return `Made comment ${json.id}.`;
}

main(process.argv.slice(2)).then(
  (said) => process.stdout.write(`${said}\n`),
  (error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  },
);
