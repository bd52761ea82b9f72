/** What the tenant's administrator has decided about on-premises Exchange: two singletons of Graph. */
import { guidOf, readSetting, type TenantContext, writeSetting } from "../context";

/** `onPremisesConditionalAccessSettings` */
export interface ConditionalAccessSettings {
  id: string;
  enabled: boolean;
  includedGroups: string[];
  excludedGroups: string[];
  /** Enrolled and compliant devices have access whatever Exchange's own rules and default say. */
  overrideDefaultRule: boolean;
}

export type GraphAccessLevel = "none" | "allow" | "block" | "quarantine";
export interface DeviceClass {
  name: string | null;
  type: "family" | "model";
}

/** `deviceManagementExchangeOnPremisesPolicy` */
export interface ExchangePolicy {
  id: string;
  /** Base64 of the HTML that a quarantine mail contains. */
  notificationContent: string | null;
  /** none: Intune leaves what Exchange has. */
  defaultAccessLevel: GraphAccessLevel;
  /** null: Intune leaves what Exchange has. */
  accessRules: { deviceClass: DeviceClass | null; accessLevel: GraphAccessLevel }[] | null;
}

export const readConditionalAccess = ({ db }: TenantContext): ConditionalAccessSettings =>
  readSetting<ConditionalAccessSettings>(db, "conditionalAccessSettings") ?? {
    id: guidOf("conditionalAccessSettings"),
    enabled: false,
    includedGroups: [],
    excludedGroups: [],
    overrideDefaultRule: false,
  };

/** What a tenant has where nobody made a policy. */
export const emptyExchangePolicy: ExchangePolicy = {
  id: guidOf("exchangeOnPremisesPolicy"),
  notificationContent: null,
  defaultAccessLevel: "none",
  accessRules: null,
};

export const readExchangePolicy = ({ db }: TenantContext): ExchangePolicy =>
  readSetting<ExchangePolicy>(db, "exchangeOnPremisesPolicy") ?? emptyExchangePolicy;

/** Policies beside the one that is in force; the simulation keeps them and does nothing by them. */
export const readOtherPolicies = ({ db }: TenantContext): ExchangePolicy[] =>
  readSetting<ExchangePolicy[]>(db, "otherExchangePolicies") ?? [];

export const writeOtherPolicies = ({ db }: TenantContext, policies: readonly ExchangePolicy[]): void =>
  writeSetting(db, "otherExchangePolicies", policies);

export function writeConditionalAccess(context: TenantContext, settings: ConditionalAccessSettings): void {
  writeSetting(context.db, "conditionalAccessSettings", settings);
  noteChange(context);
}

export function writeExchangePolicy({ db }: TenantContext, policy: ExchangePolicy): void {
  writeSetting(db, "exchangeOnPremisesPolicy", policy);
}

/** The next quick sync looks at every record: who is in scope may have changed for each. */
const noteChange = ({ db }: TenantContext) =>
  db.run("INSERT OR REPLACE INTO syncChange (kind, key) VALUES ('policy', '')");
