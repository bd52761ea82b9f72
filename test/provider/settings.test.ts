import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectFolder, readSettings, type Settings, smallCompany } from "../../provider/settings";

type Values = Record<string, string>;

describe("settings", () => {
  let project: string;
  let program: string;
  before(() => {
    project = realpathSync(mkdtempSync(join(tmpdir(), "settings-")));
    program = join(project, "src/app");
    mkdirSync(program, { recursive: true });
    writeFileSync(join(project, "Pulumi.yaml"), "name: x\nruntime: nodejs\n");
  });
  after(() => rmSync(project, { recursive: true, force: true }));

  const read = (config: Values, env: Values = {}) => readSettings((key) => config[key], env, program);
  const remote = { "intune:endpoint": "https://graph.example" };
  const credentials = { "intune:tenantId": "t", "intune:clientId": "c", "intune:clientSecret": "S3cret!" };

  const cases: { name: string; config?: Values; env?: Values; settings: () => Partial<Settings> }[] = [
    {
      name: "nothing said: a tenant beside the project, of the small company",
      settings: () => ({ endpoint: undefined, data: join(project, ".intune-mail"), seed: smallCompany }),
    },
    {
      name: "folders of the stack, from the project",
      config: { "intune:data": "tenants/dev", "intune:seed": "seeds/a.yaml" },
      settings: () => ({ data: join(project, "tenants/dev"), seed: join(project, "seeds/a.yaml") }),
    },
    {
      name: "folders of the environment",
      env: { INTUNE_MAIL_DATA: "env" },
      settings: () => ({ data: join(project, "env") }),
    },
    {
      name: "configuration before environment",
      config: { "intune:data": "stack" },
      env: { INTUNE_MAIL_DATA: "env" },
      settings: () => ({ data: join(project, "stack") }),
    },
    {
      name: "an empty value is none",
      config: { "intune:data": "" },
      env: { INTUNE_MAIL_DATA: "env", INTUNE_MAIL_ENDPOINT: "" },
      settings: () => ({ data: join(project, "env"), endpoint: undefined }),
    },
    {
      name: "an endpoint, its slash off",
      config: { "intune:endpoint": "https://graph.example/" },
      settings: () => ({ endpoint: "https://graph.example", token: undefined, client: undefined }),
    },
    {
      name: "an endpoint and a token",
      config: { ...remote, "intune:token": "T" },
      settings: () => ({ endpoint: "https://graph.example", token: "T" }),
    },
    {
      name: "a token before client credentials",
      config: { ...remote, ...credentials, "intune:token": "T" },
      settings: () => ({ token: "T", client: undefined }),
    },
    {
      name: "client credentials, signed in to the endpoint",
      config: { ...remote, ...credentials },
      settings: () => ({
        client: { tenantId: "t", clientId: "c", clientSecret: "S3cret!", authority: "https://graph.example" },
      }),
    },
    {
      name: "client credentials of the environment, with an authority",
      config: remote,
      env: {
        AZURE_TENANT_ID: "t",
        AZURE_CLIENT_ID: "c",
        AZURE_CLIENT_SECRET: "S3cret!",
        AZURE_AUTHORITY_HOST: "https://login.example",
      },
      settings: () => ({
        client: { tenantId: "t", clientId: "c", clientSecret: "S3cret!", authority: "https://login.example" },
      }),
    },
    {
      name: "loopback, where any token will do",
      config: { "intune:endpoint": "http://127.0.0.1:8080" },
      settings: () => ({ endpoint: "http://127.0.0.1:8080", token: "rehearsal" }),
    },
    {
      name: "loopback, with a token of its own",
      env: { INTUNE_MAIL_ENDPOINT: "http://localhost:1", INTUNE_MAIL_TOKEN: "T" },
      settings: () => ({ endpoint: "http://localhost:1", token: "T" }),
    },
    {
      name: "loopback of IPv6",
      config: { "intune:endpoint": "http://[::1]:8080" },
      settings: () => ({ endpoint: "http://[::1]:8080" }),
    },
    {
      name: "credentials of other tools, without an endpoint: the tenant in the project",
      env: { AZURE_CLIENT_ID: "c" },
      settings: () => ({ endpoint: undefined, client: undefined }),
    },
  ];
  for (const { name, config = {}, env = {}, settings } of cases) {
    it(name, () => {
      const found: Partial<Settings> = read(config, env);
      const expected = settings();
      const names = Object.keys(expected) as (keyof Settings)[];
      assert.deepEqual(Object.fromEntries(names.map((name) => [name, found[name]])), expected);
    });
  }

  const refused: { name: string; config: Values; says: RegExp }[] = [
    {
      name: "an endpoint that is no address",
      config: { "intune:endpoint": "graph.example" },
      says: /intune:endpoint \(or INTUNE_MAIL_ENDPOINT\) is "graph\.example", which is no http/,
    },
    {
      name: "an endpoint of another protocol",
      config: { "intune:endpoint": "ftp://graph.example" },
      says: /no http\(s\) address/,
    },
    {
      name: "plain text to another machine",
      config: { "intune:endpoint": "http://graph.example" },
      says: /secrets would travel in plain text/,
    },
    {
      name: "a host that only looks like loopback",
      config: { "intune:endpoint": "http://127.evil.example" },
      says: /secrets would travel in plain text/,
    },
    {
      name: "an authority in plain text",
      config: { ...remote, ...credentials, "intune:authority": "http://login.example" },
      says: /intune:authority .* secrets would travel in plain text/,
    },
    {
      name: "half of the client credentials",
      config: { ...remote, "intune:clientSecret": "S3cret!" },
      says: /needs all of intune:tenantId \(or AZURE_TENANT_ID\), intune:clientId/,
    },
  ];
  for (const { name, config, says } of refused) {
    it(`refuse ${name}, in words that hold no secret`, () => {
      assert.throws(
        () => read(config),
        (error: Error) => {
          assert.match(error.message, says);
          assert.ok(!error.message.includes("S3cret!"));
          assert.equal(error.stack, "");
          return true;
        },
      );
    });
  }

  it("find the project above any of its folders, or none", () => {
    assert.equal(projectFolder(program), project);
    assert.equal(projectFolder(project), project);
    assert.notEqual(projectFolder(join(project, "..")), project);
  });
});
