import { resolve } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { seedFrom } from "../../graph/connect";
import { openTenant, serveTenant } from "../../tenant";
import { withExamples } from "../help";
import { interruptible } from "../interrupt";
import { processOut } from "../out";
import { settingsFor } from "../tenant/target";
import { projectOptions } from "./options";

interface Options {
  cwd: string;
  stack: string;
  data?: string;
  seed?: string;
  port: number;
  host: string;
  auth?: boolean;
}

export const serveVerb = (): Command =>
  withExamples(
    projectOptions(new Command("serve"))
      .description("Serve the tenant as Microsoft Graph over HTTP, until Ctrl-C.")
      .addOption(new Option("--port <port>", "port to listen on; 0 for any that is free").default(8080).argParser(port))
      .option("--host <host>", "address to listen on; one that is not loopback needs --auth", "127.0.0.1")
      .option("--data <dir>", "folder of the tenant (default: .intune-mail of the project)")
      .option("--seed <file>", "what a new tenant holds (default: the small company)")
      .option("--auth", "accept only tokens that the tenant has issued to an application of its seed"),
    "intune-mail tenant serve",
    "intune-mail tenant serve --port 9000 --data /tmp/rehearsal --seed examples/tenants/small.yaml",
  ).action(async (options: Options) => {
    const { host, port, auth, data, seed } = options;
    const settings = settingsFor({ ...options, data: data ?? process.env.INTUNE_MAIL_DATA ?? ".intune-mail" });
    const tenant = openTenant({
      data: settings.data,
      seed: () => seedFrom(seed === undefined ? settings.seed : resolve(seed)),
      auth: auth ? "required" : "any",
    });
    const out = processOut();
    try {
      const server = await serveTenant(tenant, { host, port });
      out.line(`Tenant of ${settings.data} on ${server.url}`);
      out.note(
        `Deploy to it with: pulumi config set intune:endpoint ${server.url}, or INTUNE_MAIL_ENDPOINT=${server.url}`,
      );
      await interruptible(
        (signal) => new Promise<void>((done) => signal.addEventListener("abort", () => done())),
        () => {},
      );
      await server.close();
    } finally {
      tenant.close();
    }
  });

function port(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 0 && number <= 65535) return number;
  throw new InvalidArgumentError("It must be a number from 0 to 65535.");
}
