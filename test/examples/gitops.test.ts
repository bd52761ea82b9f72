/** examples/gitops: the comment is edited in place on every forge, and the workflows use the command rightly. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { makeProgram } from "../../provider/cli/program";
import { markdown } from "../../provider/impact/report/markdown";
import { root } from "../cli/project";
import { merge } from "../impact/impacts";

const folder = join(root, "examples/gitops");

interface Comment {
  id: number;
  body: string;
}

/** A forge's API of comments: pages of at most 100, the next one in the Link header. */
class Forge {
  comments: Comment[] = [];
  requests: string[] = [];
  /** Status that requests of a method are answered with, if not by the forge itself. */
  fails: Record<string, number> = {};
  /** Ids that are somebody else's. */
  foreign = new Set<number>();
  nextPage = (url: string) => url;
  server: Server = createServer((request, response) => {
    const { method = "", url = "", headers } = request;
    let text = "";
    request.on("data", (part) => {
      text += part;
    });
    request.on("end", () => {
      this.requests.push(`${method} ${url}`);
      const path = new URL(url, this.url);
      const id = Number(/\d+$/.exec(path.pathname)?.[0]);
      const isSignedIn = headers.authorization === "Bearer t0ken" || headers["private-token"] === "t0ken";
      const status = this.fails[method] ?? (isSignedIn ? 0 : 401);
      const answer = (code: number, body: unknown, more = {}) =>
        response.writeHead(code, { "content-type": "application/json", ...more }).end(JSON.stringify(body));
      if (status) return answer(status, { message: "no" });
      if (method === "GET") {
        const page = Number(path.searchParams.get("page") ?? 1);
        path.searchParams.set("page", String(page + 1));
        const more = this.comments.length > page * 100;
        const link = more ? { link: `<${this.nextPage(path.href)}>; rel="next", <${path.href}>; rel="last"` } : {};
        return answer(200, this.comments.slice((page - 1) * 100, page * 100), link);
      }
      const { body } = JSON.parse(text) as { body: string };
      if (method === "POST") {
        const made = { id: this.comments.length + 1, body };
        this.comments.push(made);
        return answer(201, made);
      }
      if (this.foreign.has(id)) return answer(403, {});
      this.comments.find((one) => one.id === id)!.body = body;
      return answer(200, {});
    });
  });
  get url() {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }
}

const forges: Record<string, (url: string) => Record<string, string>> = {
  GitHub: (url) => ({
    GITHUB_API_URL: url,
    GITHUB_REPOSITORY: "contoso/mail",
    GITHUB_TOKEN: "t0ken",
    PULL_REQUEST: "7",
  }),
  GitLab: (url) => ({ CI_API_V4_URL: url, CI_PROJECT_ID: "5", CI_MERGE_REQUEST_IID: "7", GITLAB_TOKEN: "t0ken" }),
};

for (const [name, variables] of Object.entries(forges)) {
  describe(`examples/gitops/comment.mjs on ${name}`, function () {
    this.timeout(30_000);
    let forge: Forge;
    let place: string;
    beforeEach(async () => {
      place = mkdtempSync(join(tmpdir(), "gitops-test-"));
      writeFileSync(join(place, "impact.md"), markdown(merge, { commit: "new" }));
      forge = new Forge();
      await new Promise<void>((listening) => forge.server.listen(0, "127.0.0.1", listening));
    });
    afterEach(async () => {
      rmSync(place, { recursive: true, force: true });
      forge.server.closeAllConnections();
      await new Promise((closed) => forge.server.close(closed));
    });

    const run = (env: Record<string, string> = {}, file = "impact.md") =>
      new Promise<{ code: number; stdout: string; stderr: string }>((done) => {
        const options = { cwd: place, env: { PATH: process.env.PATH, ...variables(forge.url), ...env } };
        execFile(process.execPath, [join(folder, "comment.mjs"), file], options, (error, stdout, stderr) =>
          done({ code: error ? Number(error.code) : 0, stdout, stderr }),
        );
      });
    const others = (count: number) => {
      forge.comments = Array.from({ length: count }, (_, at) => ({ id: at + 1, body: `Comment ${at + 1}` }));
    };
    const old = (stack = "dev") => markdown({ ...merge, stack }, { commit: "old" });

    it("makes a comment, and edits it from then on", async () => {
      others(3);
      assert.match((await run()).stdout, /Made comment 4/);
      assert.match((await run()).stdout, /Edited comment 4/);
      assert.equal(forge.comments.length, 4);
      assert.equal(forge.comments[3]!.body, readFileSync(join(place, "impact.md"), "utf8"));
    });

    it("finds its comment on the third page", async () => {
      others(250);
      forge.comments[230]!.body = old();
      assert.match((await run()).stdout, /Edited comment 231/);
      assert.equal(forge.comments.length, 250);
      assert.match(forge.comments[230]!.body, /commit=new/);
    });

    it("leaves alone another stack's, and one that only speaks of the marker", async () => {
      others(3);
      forge.comments[0]!.body = old("dev-2");
      forge.comments[1]!.body = `See ${old()}`;
      assert.match((await run()).stdout, /Made comment 4/);
    });

    it("goes past somebody else's copy of the marker", async () => {
      others(3);
      forge.comments[0]!.body = old();
      forge.comments[2]!.body = old();
      forge.foreign.add(1);
      assert.match((await run()).stdout, /Edited comment 3/);
    });

    const failures: { name: string; env?: Record<string, string>; file?: string; set?: () => void; says: RegExp }[] = [
      { name: "a forge that is ill", set: () => (forge.fails = { GET: 502 }), says: /^GET .* answered with 502\. Run/ },
      { name: "no right to write", set: () => (forge.fails = { POST: 403 }), says: /403\. Give the token the right/ },
      { name: "a wrong token", env: { GITHUB_TOKEN: "x", GITLAB_TOKEN: "x" }, says: /401\. Give the token/ },
      { name: "no token", env: { GITHUB_TOKEN: "", GITLAB_TOKEN: "" }, says: /The variable \w+_TOKEN is not set/ },
      {
        name: "a next page elsewhere",
        set: () => {
          others(101);
          forge.nextPage = () => "http://127.0.0.1:1/comments";
        },
        says: /The next page is elsewhere/,
      },
      {
        name: "no answer",
        env: { GITHUB_API_URL: "http://127.0.0.1:1", CI_API_V4_URL: "http://127.0.0.1:1" },
        says: /^GET .* failed: /,
      },
      { name: "a report that is none", file: "other.md", says: /has no marker/ },
    ];
    for (const { name, env, file, set, says } of failures) {
      it(`fails with a word of why, and makes nothing: ${name}`, async () => {
        writeFileSync(join(place, "other.md"), "hello");
        set?.();
        const before = forge.comments.length;
        const { code, stderr, stdout } = await run(env, file);
        assert.equal(code, 1, stdout);
        assert.match(stderr, says);
        assert.doesNotMatch(stderr, /t0ken|^\s+at /m);
        assert.equal(forge.comments.length, before);
      });
    }
  });
}

describe("examples/gitops workflows", () => {
  const files = [".github/workflows/mail.yml", ".github/workflows/drift.yml", ".gitlab-ci.yml", "azure-pipelines.yml"];
  for (const file of files) {
    it(`use the command rightly: ${file}`, async () => {
      const text = readFileSync(join(folder, file), "utf8");
      assert.ok(parse(text));
      const lines = [...text.matchAll(/npx intune-mail (.*)$/gm)].map(([, words]) =>
        words!.replaceAll('"', "").split(" "),
      );
      assert.ok(lines.length >= 2);
      for (const words of lines) {
        const program = makeProgram();
        let ran = "";
        for (const verb of program.commands) {
          verb.action(() => {
            ran = verb.name();
          });
        }
        await program.parseAsync(words, { from: "user" });
        assert.equal(ran, words[0]);
      }
    });
  }
});
