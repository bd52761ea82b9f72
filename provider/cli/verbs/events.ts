/** `tenant events`, `requests`, `health`: what happened in the tenant, and what was asked of it. */
import { Command, Option } from "commander";
import { withExamples } from "../help";
import { processOut } from "../out";
import { clearRequests, eventLines, readEvents, readHealth, readRequests, requestLines } from "../tenant/control";
import { type ShowOptions, show } from "../tenant/show";
import { settingsFor } from "../tenant/target";
import { whole } from "./numbers";
import { jsonOption, tenantOptions } from "./options";

const afterOption = (): Option =>
  new Option("--after <number>", "only what came later than this one").argParser((text) => String(whole(text)));

export const eventsVerb = (): Command =>
  withExamples(
    tenantOptions(new Command("events"))
      .description("Show what happened to devices, people, profiles and connectors.")
      .option("--kind <kind>", "of this kind only, such as profileInstalled")
      .option("--device <id or name>", "about this device only")
      .addOption(afterOption())
      .addOption(jsonOption()),
    "intune-mail tenant events",
    "intune-mail tenant events --kind profileInstalled --after 100 --json",
  ).action((options: ShowOptions & { kind?: string; device?: string; after?: string }) => {
    const { kind, device: deviceId, after } = options;
    return show(
      options,
      async (graph) => ({ value: await readEvents(graph, { kind, deviceId, after }) }),
      ({ value }) => eventLines(value),
    );
  });

export const requestsVerb = (): Command =>
  withExamples(
    tenantOptions(new Command("requests"))
      .description("Show the latest requests to a tenant that is served; values of secrets are left out.")
      .option("--method <method>", "of this method only")
      .option("--path <pattern>", "of this path only: * is one segment, ** any number of them")
      .addOption(
        new Option("--status <code>", "with this answer only; 0: the connection was dropped").argParser(String),
      )
      .addOption(afterOption())
      .option("--clear", "forget them, after they were shown")
      .addOption(jsonOption()),
    "intune-mail tenant requests --endpoint http://127.0.0.1:8080",
    'intune-mail tenant requests --method POST --path "/deviceManagement/**" --json',
  ).action(
    async (
      options: ShowOptions & { method?: string; path?: string; status?: string; after?: string; clear?: true },
    ) => {
      const { method, path, status, after, clear } = options;
      if (settingsFor(options).endpoint === undefined) {
        processOut().note("Requests are kept by the process that serves a tenant: name it with --endpoint.");
      }
      await show(
        options,
        async (graph) => {
          const value = await readRequests(graph, { method, path, status, after });
          if (clear) await clearRequests(graph);
          return { value };
        },
        ({ value }) => requestLines(value),
      );
    },
  );

export const healthVerb = (): Command =>
  withExamples(
    tenantOptions(new Command("health"))
      .description("Tell whether the tenant answers, and whose it is.")
      .addOption(jsonOption()),
    "intune-mail tenant health",
    "intune-mail tenant health --endpoint http://127.0.0.1:8080 --json",
  ).action((options: ShowOptions) =>
    show(options, readHealth, ({ status, displayName, domain, clock, users, groups, devices }) => [
      `${status}: ${displayName} (${domain}) at ${clock}, ${users} users, ${groups} groups, ${devices} devices`,
    ]),
  );
