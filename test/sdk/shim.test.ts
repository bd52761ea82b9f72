import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { UNKNOWN } from "../../provider/values";
import { Deployment, EmailProfile, ExchangeConnector } from "../../sdk";
import { shim } from "../../sdk/shim";

describe("the shim", () => {
  it("is constant: these bytes are in the state of every stack that there is", () => {
    assert.equal(
      shim,
      'exports.handler = () => require("module").createRequire(process.cwd() + "/package.json")("pulumi-intune-mail/provider").provider;',
    );
    assert.ok(Buffer.byteLength(shim) < 400);
  });

  it("imports nothing", () => {
    assert.doesNotMatch(readFileSync(join(__dirname, "../../sdk/shim.ts"), "utf8"), /^import|^export .* from/m);
  });

  it("is the provider of every resource, and kind tells which; users give neither", async () => {
    const seen: Record<string, Record<string, unknown>> = {};
    await pulumi.runtime.setMocks({
      newResource: ({ type, inputs, name }) => {
        seen[type] = inputs;
        return { id: name, state: inputs };
      },
      call: ({ inputs }) => inputs,
    });
    for (const Resource of [EmailProfile, Deployment, ExchangeConnector]) {
      new (Resource as new (name: string, args: object) => pulumi.Resource)("r", { kind: "mine", __provider: "mine" });
    }
    await pulumi.runtime.disconnect();
    assert.deepEqual(
      Object.entries(seen).map(([type, { kind, __provider }]) => [type, kind, __provider]),
      ["EmailProfile", "Deployment", "ExchangeConnector"].map((kind) => [
        `pulumi-nodejs:dynamic/intune:${kind}`,
        kind,
        shim,
      ]),
    );
  });

  it("knows the SDK's text for what is not known yet", () => {
    assert.equal(UNKNOWN, pulumi.runtime.unknownValue);
  });
});
