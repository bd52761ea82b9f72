/** The machines on which a connector could be set up, as a seed describes them (X5, X6). */
import { z } from "zod";
import { readSetting, type TenantContext, writeSetting } from "../context";

const name = z.string().min(1);
const version = z.string().regex(/^\d+(\.\d+)*$/, "must be numbers and dots, such as 4.5");

const setupFolder = z.strictObject({
  path: name.default("C:\\Exchange_Connector_Setup"),
  secure: z
    .boolean()
    .default(true)
    .describe("false: others can read it, so MicrosoftIntune.accountcert must be deleted afterwards (X6)"),
  moved: z.array(name).default([]).describe("Files of the setup that are somewhere else now (X6)"),
  renamed: z.array(name).default([]).describe("Files of the setup that have another name now (X6)"),
});

/** A machine; what is left out is what a connector needs. */
export const connectorMachineSeed = z
  .strictObject({
    name: name.describe("What a connector calls connectorServerName"),
    operatingSystem: name
      .default("Windows Server 2016")
      .describe("Such as Windows Server 2012 R2, Windows Server 2008 SP2, Windows 10"),
    bits: z.union([z.literal(32), z.literal(64)]).default(64),
    serverCore: z.boolean().default(false),
    processorGHz: z.number().positive().default(2.4),
    memoryGB: z.number().positive().default(8),
    freeDiskGB: z.number().nonnegative().default(60),
    dotNetFramework: version.nullable().default("4.5").describe("null: there is none"),
    dotNetFrameworkFull: z.boolean().default(true).describe("false: the client profile only"),
    powerShell: version.nullable().default("2.0").describe("null: there is none"),
    domain: name.nullable().optional().describe("null: in a workgroup; left out: that of the Exchange organization"),
    unreachable: z
      .array(z.string().regex(/^[^:]+:(\d+|\*)$/, "must be host:port, such as *.manage.microsoft.com:443 or *:80"))
      .default([])
      .describe("Where its network lets it not go: host:port, with * for any part of a name, or any port (X5)"),
    setupFolder: setupFolder.prefault({}),
  })
  .describe("A machine that could host a connector");

export type ConnectorMachine = z.output<typeof connectorMachineSeed>;

const setting = "connectorMachines";

export const allMachines = ({ db }: TenantContext): ConnectorMachine[] =>
  readSetting<ConnectorMachine[]>(db, setting) ?? [];

export const writeMachines = ({ db }: TenantContext, machines: readonly ConnectorMachine[]): void =>
  writeSetting(db, setting, machines);

export const findMachine = (context: TenantContext, called: string): ConnectorMachine | undefined =>
  allMachines(context).find((machine) => machine.name.toLowerCase() === called.toLowerCase());

/** Whether the machine's network lets it reach a host, or a pattern of hosts as the sources write it. */
export function reaches({ unreachable }: Pick<ConnectorMachine, "unreachable">, host: string, port: number): boolean {
  const matches = (pattern: string, text: string) =>
    new RegExp(`^${pattern.split("*").map(escaped).join(".*")}$`, "i").test(text);
  return !unreachable.some((entry) => {
    const at = entry.lastIndexOf(":");
    return matches(entry.slice(0, at), host) && matches(entry.slice(at + 1), String(port));
  });
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
