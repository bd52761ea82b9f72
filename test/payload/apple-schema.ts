/** Holds a configuration profile against Apple's schema files; reads it with another parser than the product's. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "plist";
import { parse as parseYaml } from "yaml";

interface Key {
  key: string;
  type: string;
  presence?: "required" | "optional";
  rangelist?: unknown[];
  default?: unknown;
  format?: string;
  repetition?: { min: number; max: number };
  supportedOS?: { iOS?: { introduced?: string; deprecated?: string } };
  subkeys?: Key[];
}

interface Schema {
  payload: { payloadtype: string; supportedOS: { iOS: { introduced: string } } };
  payloadkeys: Key[];
}

const folder = join(__dirname, "../fixtures/apple");
const schema = (name: string): Schema => parseYaml(readFileSync(join(folder, `${name}.yaml`), "utf8"));

const topLevel = schema("TopLevel");
const common = schema("CommonPayloadKeys");
export const easSchema = schema("com.apple.eas.account");
const payloadSchemas = new Map(
  [easSchema, schema("com.apple.security.scep"), schema("com.apple.security.root")].map((one) => [
    one.payload.payloadtype,
    one,
  ]),
);

type Dict = Record<string, unknown>;
const isDict = (value: unknown): value is Dict =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);

const isOfType: Readonly<Record<string, (value: unknown) => boolean>> = {
  "<string>": (value) => typeof value === "string",
  "<integer>": Number.isInteger,
  "<boolean>": (value) => typeof value === "boolean",
  "<data>": ArrayBuffer.isView,
  "<array>": Array.isArray,
  "<dictionary>": isDict,
};

/** All that Apple's files, and the rules their prose adds, find wrong in the profile on that version of iOS. */
export function appleErrors(text: string, version = "18.1"): string[] {
  const root = parse(text) as unknown;
  if (!isDict(root)) return ["the profile is no dictionary"];
  const errors = checkKeys(topLevel.payloadkeys, root, "", version);
  const payloads = (Array.isArray(root.PayloadContent) ? root.PayloadContent : []).filter(isDict);
  for (const payload of payloads) {
    const type = String(payload.PayloadType);
    const found = payloadSchemas.get(type);
    if (!found) errors.push(`${type}: no payload of this type is expected`);
    else errors.push(...checkKeys([...common.payloadkeys, ...found.payloadkeys], payload, `${type}.`, version));
    if (type === easSchema.payload.payloadtype) errors.push(...proseErrors(payload, payloads));
  }
  for (const key of ["PayloadUUID", "PayloadIdentifier"]) {
    const values = [root, ...payloads].map((payload) => payload[key]);
    if (new Set(values).size !== values.length) errors.push(`${key}: two payloads share one`);
  }
  return errors;
}

const later = (one: string, other: string) =>
  one.localeCompare(other, "en", { numeric: true, sensitivity: "base" }) > 0;

function checkKeys(keys: Key[], dict: Dict, path: string, version: string): string[] {
  const errors = keys
    .filter(({ key, presence }) => presence === "required" && key !== "ANY" && !(key in dict))
    .map(({ key }) => `${path}${key}: required`);
  for (const [name, value] of Object.entries(dict)) {
    const key = keys.find((one) => one.key === name);
    errors.push(...(key ? checkValue(key, value, path + name, version) : [`${path}${name}: no such key`]));
  }
  return errors;
}

function checkValue(key: Key, value: unknown, path: string, version: string): string[] {
  if (!isOfType[key.type]?.(value)) return [`${path}: not a ${key.type}`];
  const errors: string[] = [];
  const { introduced, deprecated } = key.supportedOS?.iOS ?? {};
  if (introduced === "n/a" || (introduced && later(introduced, version))) errors.push(`${path}: from ${introduced} on`);
  if (deprecated && !later(deprecated, version)) errors.push(`${path}: deprecated in ${deprecated}`);
  if (key.rangelist && !key.rangelist.includes(value)) errors.push(`${path}: ${value} is not in the range list`);
  if (key.format && !new RegExp(key.format).test(String(value))) errors.push(`${path}: ${value} has the wrong form`);
  const inner = key.subkeys ?? [];
  if (isDict(value)) errors.push(...checkKeys(inner, value, `${path}.`, version));
  if (Array.isArray(value) && inner[0] && inner[0].key !== "PayloadContentItem") {
    const { min = 0, max = Number.POSITIVE_INFINITY } = inner[0].repetition ?? {};
    if (value.length < min || value.length > max) errors.push(`${path}: has ${value.length} items`);
    errors.push(...value.flatMap((item, index) => checkValue(inner[0]!, item, `${path}[${index}]`, version)));
  }
  return errors;
}

const references = ["PayloadCertificateUUID", "SMIMESigningCertificateUUID", "SMIMEEncryptionCertificateUUID"];
const services = ["EnableMail", "EnableContacts", "EnableCalendars", "EnableReminders", "EnableNotes"];

function proseErrors(account: Dict, payloads: Dict[]): string[] {
  const errors: string[] = [];
  for (const key of references.filter((name) => name in account)) {
    const payload = payloads.find(({ PayloadUUID }) => PayloadUUID === account[key]);
    if (payload?.PayloadType !== "com.apple.security.scep") errors.push(`${key}: no identity in the profile has it`);
  }
  if (services.every((name) => account[name] === false)) errors.push("Enable*: at least one must be true");
  if (!("UserName" in account)) errors.push("UserName: needed where nobody is asked");
  for (const key of ["Password", "CertificatePassword"]) if (key in account) errors.push(`${key}: never (E6)`);
  return errors;
}
