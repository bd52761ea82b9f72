/**
 * Puts a report on a pull request (GitHub) or merge request (GitLab): edits the comment that an earlier run made, or
 * makes one. Usage: node comment.mjs impact.md
 */
import { readFileSync } from "node:fs";
import process from "node:process";

const { env } = process;

/** Where the comments are, and how one is edited, by the variables that each forge sets in its jobs. */
function forge() {
  if (env.GITHUB_REPOSITORY) {
    const { GITHUB_API_URL = "https://api.github.com", GITHUB_REPOSITORY } = env;
    const repository = `${GITHUB_API_URL}/repos/${GITHUB_REPOSITORY}`;
    return {
      comments: `${repository}/issues/${needed("PULL_REQUEST")}/comments`,
      comment: (id) => `${repository}/issues/comments/${id}`,
      edit: "PATCH",
      headers: { authorization: `Bearer ${needed("GITHUB_TOKEN")}`, accept: "application/vnd.github+json" },
    };
  }
  const request = `${needed("CI_API_V4_URL")}/projects/${needed("CI_PROJECT_ID")}/merge_requests/${needed("CI_MERGE_REQUEST_IID")}`;
  return {
    comments: `${request}/notes`,
    comment: (id) => `${request}/notes/${id}`,
    edit: "PUT",
    headers: { "private-token": needed("GITLAB_TOKEN") },
  };
}

function needed(name) {
  if (env[name]) return env[name];
  throw new Error(`The variable ${name} is not set. Set it in the job (see the workflow beside this script).`);
}

async function send(method, url, headers, body) {
  let response;
  try {
    response = await fetch(url, {
      method,
      headers: { ...headers, "content-type": "application/json" },
      body: body && JSON.stringify(body),
      redirect: "error",
      signal: AbortSignal.timeout(30_000),
    });
  } catch (error) {
    throw new Error(`${method} ${url} failed: ${error.cause?.message ?? error.message}. Run the job again.`);
  }
  if (response.ok) return response;
  const what = [401, 403].includes(response.status)
    ? "Give the token the right to write comments"
    : "Run the job again";
  throw Object.assign(new Error(`${method} ${url} was answered with ${response.status}. ${what}.`), {
    status: response.status,
  });
}

/** All comments, page by page; the token goes to no other host. */
async function* comments({ comments: first, headers }) {
  for (let url = `${first}?per_page=100`; url; ) {
    const response = await send("GET", url, headers);
    yield* await response.json();
    const next = /<([^>]+)>;\s*rel="?next"?/.exec(response.headers.get("link") ?? "")?.[1];
    if (next && new URL(next).origin !== new URL(first).origin) throw new Error(`The next page is elsewhere: ${next}`);
    url = next;
  }
}

/** The marker without its commit: one comment for each stack. */
const stackOf = (text) => /^<!-- pulumi-intune-mail impact stack=\S+(?= )/.exec(text ?? "")?.[0];

async function main([file]) {
  if (!file) throw new Error("Say which report: node comment.mjs impact.md");
  const body = readFileSync(file, "utf8");
  const marker = stackOf(body);
  if (!marker)
    throw new Error(`${file} has no marker in its first line. Make it with intune-mail impact --format markdown.`);
  const at = forge();
  for await (const { id, body: text } of comments(at)) {
    if (stackOf(text) !== marker) continue;
    try {
      await send(at.edit, at.comment(id), at.headers, { body });
      return `Edited comment ${id}.`;
    } catch (error) {
      // Somebody else's, who copied the marker: this job's own may follow.
      if (error.status !== 403) throw error;
    }
  }
  const made = await send("POST", at.comments, at.headers, { body });
  return `Made comment ${(await made.json()).id}.`;
}

main(process.argv.slice(2)).then(
  (said) => process.stdout.write(`${said}\n`),
  (error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  },
);
