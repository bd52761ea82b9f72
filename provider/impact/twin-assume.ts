/** What Graph cannot tell of a tenant, as a file says it: its form, its reader, and its JSON Schema. */
import { parseDocument } from "yaml";
import { z } from "zod";
import { exchangeReferences } from "../tenant/exchange/seed";
import { seedSchema } from "../tenant/seed";
import { UserError } from "../user-error";
import { pathText } from "../validate";

const name = z.string().min(1);
const knoxVersion = z.string().regex(/^\d+(\.\d+)*$/, "must be numbers and dots, such as 4.0");
const { tenant, schedule, mailServers, exchangeOrganizations, connectorMachines } = seedSchema.shape;

const deviceAssumption = z
  .strictObject({
    deviceName: name.describe("A device of the tenant, by its name there"),
    knoxVersion: knoxVersion.optional().describe("Version of KNOX Standard; of a Samsung device"),
    apps: z
      .array(z.enum(["gmail", "nineWork"]))
      .optional()
      .describe("Mail apps that are in its work profile (E10); left out: those that its profiles' statuses tell of"),
    accounts: z
      .array(z.strictObject({ host: name, emailAddress: z.string().min(3) }))
      .optional()
      .describe("Mail accounts that its user made without Intune (E9); left out: those that statuses tell of"),
  })
  .describe("What is known of one device and not to Graph");

export const assumptionsSchema = z.strictObject({
  tenant: tenant
    .pick({ displayName: true, domain: true, mobileDeviceManagementAuthority: true, directorySynchronization: true })
    .partial()
    .prefault({})
    .describe("The company; left out: by the domain that most people sign in with."),
  schedule,
  intuneSkus: z
    .array(z.guid())
    .optional()
    .describe("Licences (skuId) that include Intune (C1); left out: any licence does."),
  knoxVersion: knoxVersion.default("4.0").describe("Version of KNOX Standard on Samsung devices (E1)."),
  devices: z.array(deviceAssumption).default([]),
  mailServers,
  exchangeOrganizations: exchangeOrganizations.describe(
    "Exchange organizations, as in a seed; of one that has a connector and is not here, what the connector says of it.",
  ),
  connectorMachines,
});

/** Assumptions with all defaults in them. */
export type Assumptions = z.output<typeof assumptionsSchema>;

/** Reads assumptions from YAML or JSON text; throws a UserError that lists every problem with its path. */
export function readAssumptions(text: string, source: string): Assumptions {
  const document = parseDocument(text);
  if (document.errors.length > 0) {
    throw mistaken(
      source,
      document.errors.map(({ message }) => message.split("\n")[0]!),
    );
  }
  const parsed = assumptionsSchema.safeParse(document.toJS() ?? {});
  if (!parsed.success) {
    throw mistaken(
      source,
      parsed.error.issues.map(({ path, message }) => `${pathText(path) || "the file"}: ${message}`),
    );
  }
  const problems = contradictions(parsed.data);
  if (problems.length > 0) throw mistaken(source, problems);
  return parsed.data;
}

/** What is assumed where no file says anything. */
export const noAssumptions = (): Assumptions => assumptionsSchema.parse({});

/** JSON Schema of the file of assumptions, for editors. */
export const assumptionsJsonSchema = (): object => z.toJSONSchema(assumptionsSchema, { io: "input" });

function contradictions({ exchangeOrganizations, devices }: Assumptions): string[] {
  const told = exchangeOrganizations.flatMap(({ conditionalAccess }, index) =>
    conditionalAccess === undefined
      ? []
      : [`exchangeOrganizations[${index}].conditionalAccess: is what Graph tells; leave it out`],
  );
  const names = devices.map(({ deviceName }) => deviceName.toLowerCase());
  const twice = names.flatMap((one, index) =>
    names.indexOf(one) === index
      ? []
      : [`devices[${index}].deviceName: "${devices[index]!.deviceName}" is there twice`],
  );
  return [...told, ...twice, ...exchangeReferences(exchangeOrganizations, () => true)];
}

function mistaken(source: string, problems: readonly string[]): UserError {
  const count = problems.length === 1 ? "a problem" : `${problems.length} problems`;
  return new UserError(`The assumptions ${source} have ${count}:\n${problems.map((line) => `  ${line}`).join("\n")}`);
}
