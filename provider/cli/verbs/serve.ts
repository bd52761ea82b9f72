import { join, resolve } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { seedFrom } from "../../graph/connect";
import { openTenant, type ServedTenant, serveTenant } from "../../tenant";
import { readSetting, type TenantContext, writeSetting } from "../../tenant/context";
import { throttlingSeed } from "../../tenant/throttle";
import { withExamples } from "../help";
import { interruptible } from "../interrupt";
import { type Out, processOut } from "../out";
import { settingsFor } from "../tenant/target";
import { projectOptions } from "./options";

interface Options {
  cwd: string;
  stack: string;
  data?: string;
  seed?: string;
  port: number;
  host: string;
  auth?: true;
  https?: true;
  throttle?: true;
  json?: true;
}

export const serveVerb = (): Command =>
  withExamples(
    projectOptions(new Command("serve"))
      .description("Serve the tenant as Microsoft Graph over HTTP or HTTPS, until Ctrl-C.")
      .addOption(new Option("--port <port>", "port to listen on; 0 for any that is free").default(8080).argParser(port))
      .option("--host <host>", "address to listen on; one that is not loopback needs --auth", "127.0.0.1")
      .option("--data <dir>", "folder of the tenant (default: .intune-mail of the project)")
      .option("--seed <file>", "what a new tenant holds (default: the small company)")
      .option("--auth", "accept only tokens that the tenant has issued to an application of its seed")
      .option("--https", "serve over HTTPS, with a certificate made for it: tenant.pem of the tenant's folder")
      .option("--throttle", "answer 429 to more requests than Graph takes, unless the tenant has limits already")
      .option("--json", "one line of JSON on stdout once it is ready: url, data and, with --https, certificate"),
    "intune-mail tenant serve",
    "intune-mail tenant serve --port 9000 --data /tmp/rehearsal --seed examples/tenants/small.yaml",
    "intune-mail tenant serve --https --auth --throttle",
    "intune-mail tenant serve --port 0 --json",
  ).action(async (options: Options) => {
    const { host, port, auth, seed } = options;
    const { data, seed: ofProject } = settingsFor({
      ...options,
      data: options.data ?? process.env.INTUNE_MAIL_DATA ?? ".intune-mail",
    });
    const tenant = openTenant({
      data,
      seed: () => seedFrom(seed === undefined ? ofProject : resolve(seed)),
      auth: auth ? "required" : "any",
    });
    const certificateFile = options.https && join(data, "tenant.pem");
    try {
      const server = await serveTenant(tenant, { host, port, ...(certificateFile && { https: { certificateFile } }) });
      if (options.throttle) limit(tenant.context);
      const out = processOut(options.json);
      if (options.json) {
        out.raw(
          `${JSON.stringify({ url: server.url, ...(certificateFile && { certificate: certificateFile }), data })}\n`,
        );
      } else {
        say(out, server, { ...options, data, certificateFile, canSignIn: hasApplication(tenant.context) });
      }
      await interruptible(
        (signal) => new Promise<void>((done) => signal.addEventListener("abort", () => done())),
        () => {},
      );
      await server.close();
    } finally {
      tenant.close();
    }
  });

/** Limits that the tenant has, from its seed or by `tenant throttling`, are its own. */
function limit({ db }: TenantContext): void {
  if (readSetting(db, "throttling") === undefined) writeSetting(db, "throttling", throttlingSeed.parse({}));
}

const hasApplication = ({ db }: TenantContext): boolean => db.get("SELECT 1 FROM application LIMIT 1") !== undefined;

/** Where it is, and what a client has to be told to get there. */
function say(
  out: Out,
  { url }: ServedTenant,
  {
    data,
    certificateFile,
    auth,
    canSignIn,
  }: { data: string; certificateFile: string | undefined; auth?: true; canSignIn: boolean },
): void {
  out.line(`Tenant of ${data} on ${url}`);
  if (certificateFile) out.line(`Clients trust it with NODE_EXTRA_CA_CERTS=${certificateFile}`);
  out.note(`Deploy to it with: pulumi config set intune:endpoint ${url}, or INTUNE_MAIL_ENDPOINT=${url}`);
  out.note(`Other clients of Graph take ${url}/v1.0 or ${url}/beta as its address.`);
  if (auth && !canSignIn)
    out.note("Nobody can sign in: the tenant has no applications. Seed one that has, in a --data folder of its own.");
  else if (auth)
    out.note(`They sign in at ${url}/<tenant>, with an application of the seed and any name for <tenant>.`);
}

function port(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 0 && number <= 65535) return number;
  throw new InvalidArgumentError("It must be a number from 0 to 65535.");
}
