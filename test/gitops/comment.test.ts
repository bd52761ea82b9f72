/** examples/gitops/comment.mjs: a comment is made once and edited from then on, on each forge; failures are said. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { markdown } from "../../provider/impact/report/markdown";
import { root } from "../cli/project";
import { merge } from "../impact/impacts";
import { Forge, type ForgeName, forgeKinds, token } from "./forges";

const script = join(root, "examples/gitops/comment.mjs");
const nobody = "http://127.0.0.1:1";

for (const name of Object.keys(forgeKinds) as ForgeName[]) {
  describe(`examples/gitops/comment.mjs on ${name}`, function () {
    this.timeout(30_000);
    let forge: Forge;
    let place: string;
    beforeEach(async () => {
      place = mkdtempSync(join(tmpdir(), "gitops-test-"));
      writeFileSync(join(place, "impact.md"), markdown(merge, { commit: "new" }));
      forge = await Forge.start(name);
    });
    afterEach(async () => {
      rmSync(place, { recursive: true, force: true });
      await forge.close();
    });

    const run = (env: Record<string, string> = {}, file = "impact.md") =>
      new Promise<{ code: number; stdout: string; stderr: string }>((done) => {
        const given = { ...forge.variables };
        for (const [key, value] of Object.entries(env)) if (key in given) given[key] = value;
        const options = { cwd: place, env: { PATH: process.env.PATH, COMMENT_TIMEOUT: env.COMMENT_TIMEOUT, ...given } };
        execFile(process.execPath, [script, file], options, (error, stdout, stderr) =>
          done({ code: error ? Number(error.code) : 0, stdout, stderr }),
        );
      });
    const succeed = async (env?: Record<string, string>) => {
      const { code, stdout, stderr } = await run(env);
      assert.equal(code, 0, stderr);
      return stdout;
    };
    const old = (stack = "dev") => markdown({ ...merge, stack }, { commit: "old" });
    const written = () => forge.requests.filter(({ method }) => method !== "GET").map(({ method }) => method);

    it("makes a comment, and edits it from then on", async () => {
      forge.others(3);
      assert.match(await succeed(), /^Made comment \d+\.\n$/);
      assert.match(await succeed(), /^Edited http\S+\.\n$/);
      assert.equal(forge.comments.length, 4);
      assert.equal(forge.comments[3]!.body, readFileSync(join(place, "impact.md"), "utf8"));
      assert.equal(written().length, 2);
    });

    it("finds its comment among 250", async () => {
      forge.others(250);
      Object.assign(forge.comments[230]!, { body: old(), author: forge.me });
      await succeed();
      assert.equal(forge.comments.length, 250);
      assert.match(forge.comments[230]!.body, /commit=new/);
    });

    it("leaves alone what is another stack's, only speaks of the marker, or is another author's", async () => {
      forge.others(4);
      Object.assign(forge.comments[0]!, { body: old("dev-2"), author: forge.me });
      Object.assign(forge.comments[1]!, { body: `See ${old()}`, author: forge.me });
      Object.assign(forge.comments[2]!, { body: old() });
      const before = structuredClone(forge.comments);
      await succeed();
      assert.deepEqual(forge.comments.slice(0, 4), before);
      assert.equal(forge.comments.length, 5);
    });

    it("asks again where the forge says when", async () => {
      forge.fails = {
        GET: { status: 429, headers: { "retry-after": "0" }, times: 2 },
        POST: { status: 403, headers: { "retry-after": "0" }, times: 1 },
      };
      await succeed();
      assert.equal(forge.comments.length, 1);
    });

    const failures: {
      name: string;
      env?: Record<string, string>;
      file?: string;
      set?: () => void;
      says: RegExp;
    }[] = [
      {
        name: "a forge that is ill",
        set: () => (forge.fails = { GET: { status: 502, body: "<html>Bad gateway" } }),
        says: /^GET .* answered with 502\. Run the job again later\./,
      },
      {
        name: "no right to write",
        set: () => (forge.fails = { POST: { status: 403 } }),
        says: /^POST .* 403 \(no\)\. Give the token the right/,
      },
      {
        name: "too many requests, for longer than a job waits",
        set: () => (forge.fails = { POST: { status: 429, headers: { "retry-after": "3600" } } }),
        says: /429 \(no\)\. Run the job again later/,
      },
      {
        name: "too many requests, again and again",
        set: () => (forge.fails = { POST: { status: 429, headers: { "retry-after": "0" }, times: 9 } }),
        says: /429 \(no\)\. Run the job again later/,
      },
      {
        name: "a project that is not there",
        set: () => (forge.fails = { GET: { status: 404 } }),
        says: /404 \(no\)\. See whether the token may read this project/,
      },
      {
        name: "a text that the forge does not take",
        set: () => (forge.fails = { POST: { status: 422, body: { message: { body: ["is too long"] } } } }),
        says: /422 \(\{"body":\["is too long"\]\}\)\. The forge does not take this/,
      },
      {
        name: "a page to sign in on",
        set: () => (forge.fails = { GET: { status: 302, headers: { location: nobody } } }),
        says: /302 \(no\)\. The token is not accepted/,
      },
      {
        name: "a page to sign in on that is called a success",
        set: () => (forge.fails = { GET: { status: 203, body: "<!DOCTYPE html>" } }),
        says: /203\. The token is not accepted/,
      },
      {
        name: "a wrong token",
        env: Object.fromEntries(["GITHUB_TOKEN", "GITLAB_TOKEN", "SYSTEM_ACCESSTOKEN"].map((key) => [key, "x"])),
        says: /401 \(Bad credentials\)\. The token is not accepted/,
      },
      {
        name: "no token",
        env: { GITHUB_TOKEN: "", GITLAB_TOKEN: "", SYSTEM_ACCESSTOKEN: "" },
        says: /The variable \w+TOKEN is not set/,
      },
      {
        name: "no pull request",
        env: { PULL_REQUEST: "", CI_MERGE_REQUEST_IID: "", SYSTEM_PULLREQUEST_PULLREQUESTID: "" },
        says: /The variable \w+ is not set/,
      },
      {
        name: "no forge",
        env: { GITHUB_REPOSITORY: "", CI_API_V4_URL: "", SYSTEM_COLLECTIONURI: "" },
        says: /one of GITHUB_REPOSITORY, CI_API_V4_URL, SYSTEM_COLLECTIONURI is set/,
      },
      {
        name: "a silent forge",
        env: { COMMENT_TIMEOUT: "0.2" },
        set: () => (forge.silent = "GET"),
        says: /^GET .* failed: .*timeout.* Run the job again/,
      },
      {
        name: "no answer",
        env: { GITHUB_API_URL: nobody, CI_API_V4_URL: nobody, SYSTEM_COLLECTIONURI: nobody },
        says: /^GET .* failed: /,
      },
      { name: "a report that is none", file: "other.md", says: /has no marker/ },
      { name: "a report that is not there", file: "none.md", says: /none\.md/ },
      { name: "a report that is too long", file: "long.md", says: /has 10\d+ characters, and a comment here has \d+/ },
    ];
    for (const { name: what, env, file, set, says } of failures) {
      it(`fails with a word of why, and makes nothing: ${what}`, async () => {
        writeFileSync(join(place, "other.md"), "hello");
        writeFileSync(join(place, "long.md"), old().padEnd(1_000_001));
        set?.();
        const { code, stderr, stdout } = await run(env, file);
        assert.equal(code, 1, stdout);
        assert.match(stderr, says);
        assert.doesNotMatch(stderr, /^\s+at /m);
        assert.ok(!stderr.includes(token), "the token where somebody reads");
        assert.equal(forge.comments.length, 0);
      });
    }

    if (name !== "Azure Repos") {
      it("does not follow a next page to another host", async () => {
        forge.others(101);
        forge.nextPage = () => `${nobody}/comments`;
        const { code, stderr } = await run();
        assert.equal(code, 1);
        assert.match(stderr, /The next page is elsewhere/);
      });
    } else {
      it("makes a thread that holds no merge, and passes over one that was deleted", async () => {
        forge.others(1);
        Object.assign(forge.comments[0]!, { body: old(), author: forge.me, isDeleted: true });
        await succeed();
        assert.equal(forge.comments.length, 2);
        assert.equal(forge.requests.at(-1)!.body.status, "closed");
      });
    }
  });
}
