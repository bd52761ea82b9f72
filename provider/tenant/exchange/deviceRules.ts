/** Device access rules, the organization's default, and the kinds of devices that rules can be about. */
import type { Row } from "../db";
import { ExchangeError } from "./errors";
import { type Column, filterSql } from "./filter";
import type { CmdletCall, ExchangeObject } from "./invoke";
import { rulesOf } from "./organizations";
import { levelOf, notFound, oneOf } from "./parameters";
import { characteristics } from "./words";

const ruleIdentity = (rule: { queryString: string; characteristic: string }) =>
  `${rule.queryString} (${rule.characteristic})`;

export function accessRules({ context, organization, parameters }: CmdletCall): ExchangeObject[] {
  return rulesOf(context, organization.name)
    .map((rule) => ({
      Identity: ruleIdentity(rule),
      Name: ruleIdentity(rule),
      QueryString: rule.queryString,
      Characteristic: rule.characteristic,
      AccessLevel: rule.accessLevel,
    }))
    .filter((rule) => parameters.Identity === undefined || rule.Identity === parameters.Identity);
}

export function newAccessRule(call: CmdletCall): void {
  const { context, organization, parameters } = call;
  const characteristic = characteristics.find((one) => one === parameters.Characteristic);
  if (!characteristic) throw oneOf("Characteristic", parameters.Characteristic, characteristics);
  const queryString = String(parameters.QueryString ?? "");
  if (queryString === "" || queryString.includes("*")) {
    const message = `Cannot bind parameter 'QueryString': '${queryString}' must be a whole value of ${characteristic}, without wildcards.`;
    throw new ExchangeError("invalidParameter", message);
  }
  const level = levelOf(call, "AccessLevel");
  const made = context.db.run(
    "INSERT OR IGNORE INTO deviceAccessRule VALUES (:organization, :characteristic, :queryString, :level)",
    { organization: organization.name, characteristic, queryString, level },
  );
  if (made === 0) {
    const identity = ruleIdentity({ queryString, characteristic });
    throw new ExchangeError("invalidParameter", `The device access rule '${identity}' already exists.`);
  }
}

export function setAccessRule(call: CmdletCall): void {
  const level = levelOf(call, "AccessLevel");
  onRule(call, "UPDATE deviceAccessRule SET accessLevel = :level", { level });
}

export const removeAccessRule = (call: CmdletCall): void => onRule(call, "DELETE FROM deviceAccessRule", {});

/** Changes the rule of the parameter Identity. */
function onRule({ context, organization, parameters }: CmdletCall, sql: string, values: Row): void {
  const changed = context.db.run(
    `${sql} WHERE organization = :organization AND queryString || ' (' || characteristic || ')' = :identity`,
    { ...values, organization: organization.name, identity: String(parameters.Identity ?? "") },
  );
  if (changed === 0) throw notFound(parameters.Identity);
}

export const organizationSettings = ({ organization }: CmdletCall): ExchangeObject[] => [
  { Identity: "Mobile Mailbox Settings", DefaultAccessLevel: organization.defaultAccessLevel },
];

export function setOrganizationSettings(call: CmdletCall): void {
  call.context.db.run("UPDATE exchangeOrganization SET defaultAccessLevel = :level WHERE name = :name", {
    level: levelOf(call, "DefaultAccessLevel"),
    name: call.organization.name,
  });
}

const classColumns: Record<string, Column> = {
  DeviceType: { sql: "deviceType", type: "text" },
  DeviceModel: { sql: "deviceModel", type: "text" },
  LastUpdateTime: { sql: "lastUpdateTime", type: "text" },
};

/** Types and models of the devices that have been there. */
export function deviceClasses({ context, organization, parameters }: CmdletCall): ExchangeObject[] {
  const filter = parameters.Filter === undefined ? undefined : filterSql(String(parameters.Filter), classColumns);
  return context.db
    .all<{ deviceType: string; deviceModel: string; lastUpdateTime: string }>(
      `SELECT * FROM (
         SELECT deviceType, deviceModel, max(firstSyncTime) AS lastUpdateTime FROM easPartnership
         WHERE organization = :organization GROUP BY deviceType, deviceModel
       ) ${filter ? `WHERE ${filter.condition}` : ""} ORDER BY deviceType, deviceModel`,
      { organization: organization.name, ...filter?.parameters },
    )
    .map(({ deviceType, deviceModel, lastUpdateTime }) => ({
      Identity: `${deviceType}§${deviceModel}`,
      Name: `${deviceType}§${deviceModel}`,
      DeviceType: deviceType,
      DeviceModel: deviceModel,
      LastUpdateTime: lastUpdateTime,
    }))
    .filter((one) => parameters.Identity === undefined || one.Identity === parameters.Identity);
}
