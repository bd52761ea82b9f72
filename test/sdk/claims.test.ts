/** Two resources for one thing, in one program: said in the preview, naming both. */
import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import {
  Deployment,
  type DeploymentArgs,
  EmailProfile,
  type EmailProfileArgs,
  ExchangeAccessPolicy,
  ExchangeConnector,
} from "../../sdk";

/** Each once: an output rejects several promises with one error, and the SDK's runner tells it once too. */
const errors = new Set<Error>();
const note = (error: Error) => errors.add(error);

/** The errors that end a program, when it is run with mocks. */
async function run(program: () => void, isPreview = false): Promise<string[]> {
  errors.clear();
  await pulumi.runtime.setMocks(
    {
      newResource: ({ name, inputs, id }) => ({ id: id ?? `${name}-id`, state: inputs }),
      call: ({ inputs }) => inputs,
    },
    "project",
    "stack",
    isPreview,
  );
  program();
  await pulumi.runtime.disconnect();
  await new Promise(setImmediate);
  return [...errors].map(({ message }) => message);
}

const profile = (name: string, displayName: pulumi.Input<string>, over: Partial<EmailProfileArgs> = {}) =>
  new EmailProfile(name, { platform: "windows10", displayName, ...over } as EmailProfileArgs);
const deployed = (name: string, profileId: pulumi.Input<string>) =>
  new Deployment(name, { profileId, includedGroups: ["Everyone"] } as DeploymentArgs);
const connector = (name: string, exchangeOrganization: pulumi.Input<string>) =>
  new ExchangeConnector(name, { exchangeOrganization } as ConstructorParameters<typeof ExchangeConnector>[1]);
const policy = (name: string) => new ExchangeAccessPolicy(name, { enabled: false });
const later = (value: string) => pulumi.output(Promise.resolve(value));

describe("two resources of a program for one thing", () => {
  // What nobody catches ends a program, and mocha's run as well: here it is taken down instead.
  let others: NodeJS.UnhandledRejectionListener[];
  before(() => {
    others = process.listeners("unhandledRejection");
    process.removeAllListeners("unhandledRejection").on("unhandledRejection", note);
  });
  after(() => {
    process.removeListener("unhandledRejection", note);
    for (const other of others) process.on("unhandledRejection", other);
  });

  const refused: { name: string; program: () => void; says: RegExp }[] = [
    {
      name: "access policies, of which a tenant has one",
      program: () => {
        policy("a");
        policy("b");
      },
      says: /^Two resources have "on-premises Exchange" as what an access policy is for: "a" and "b"\. .*\(C1\)/,
    },
    {
      name: "profiles of one name",
      program: () => {
        profile("a", "Mail");
        profile("b", "Mail");
      },
      says: /^Two resources have "Mail" as displayName of an email profile: "a" and "b"\. .*\(E3\)/,
    },
    {
      name: "names that are outputs",
      program: () => {
        profile("a", later("Mail"));
        profile("b", later("Mail"));
      },
      says: /"Mail".*"a" and "b"/,
    },
    {
      name: "a name and an output",
      program: () => {
        profile("a", later("Mail"));
        profile("b", "Mail");
      },
      says: /"Mail".*"b" and "a"/,
    },
    {
      name: "a name and a promise",
      program: () => {
        profile("a", "Mail");
        profile("b", Promise.resolve("Mail"));
      },
      says: /"a" and "b"/,
    },
    {
      name: "deployments of one profile, by its id",
      program: () => {
        const { id } = profile("p", "Mail");
        deployed("a", id);
        deployed("b", id);
      },
      says: /^Two resources have the same value as profileId of a deployment: "a" and "b"\. .*\(D1\)/,
    },
    {
      name: "deployments of one profile, by text",
      program: () => {
        deployed("a", "1");
        deployed("b", "1");
      },
      says: /"1" as profileId/,
    },
    {
      name: "connectors of one organization",
      program: () => {
        connector("a", "Contoso");
        connector("b", "Contoso");
      },
      says: /"Contoso" as exchangeOrganization.*\(X1\)/,
    },
  ];
  for (const isPreview of [true, false]) {
    for (const { name, program, says } of refused) {
      it(`${name}: refused in ${isPreview ? "a preview" : "an update"}`, async () => {
        const found = await run(program, isPreview);
        assert.equal(found.length, 1, found.join("\n") || "nothing was said");
        assert.match(found[0]!, says);
      });
    }
  }

  const fine: { name: string; program: () => void }[] = [
    {
      name: "profiles of different names",
      program: () => {
        profile("a", "Mail");
        profile("b", "mail");
        profile("c", later("Post"));
      },
    },
    {
      name: "one value for different things",
      program: () => {
        const name = later("Contoso");
        profile("a", name);
        connector("b", name);
        deployed("c", name);
      },
    },
    {
      name: "one that is read",
      program: () => {
        profile("a", "Mail");
        EmailProfile.get("b", "a-id");
        EmailProfile.get("c", "a-id");
        policy("d");
        ExchangeAccessPolicy.get("e", "d-id");
      },
    },
    {
      name: "a name that is missing, for the provider to say",
      program: () => {
        new EmailProfile("a", {} as EmailProfileArgs);
        new EmailProfile("b", {} as EmailProfileArgs);
      },
    },
  ];
  for (const { name, program } of fine) {
    it(`${name}: fine`, async () => assert.deepEqual(await run(program), []));
  }

  it("run after run of one process: each stands for itself", async () => {
    for (const isPreview of [true, false, false])
      assert.deepEqual(await run(() => profile("a", "Mail"), isPreview), []);
  });
});

describe("passwords of a connector", () => {
  it("are secrets whether the program marks them or not (X3)", async () => {
    await run(() => {});
    const account = { user: "C\\svc", password: "pa55" };
    const forms: pulumi.Input<typeof account>[] = [
      account,
      pulumi.output(account),
      Promise.resolve(account),
      pulumi.secret(account),
    ];
    for (const [index, exchangeAccount] of forms.entries()) {
      const made = new ExchangeConnector(`c${index}`, {
        exchangeOrganization: `Organization ${index}`,
        exchangeAccount,
      } as ConstructorParameters<typeof ExchangeConnector>[1]);
      const seen = (made as unknown as { exchangeAccount: pulumi.Output<unknown> }).exchangeAccount;
      assert.equal(await pulumi.isSecret(seen), true, `form ${index}`);
    }
  });
});
