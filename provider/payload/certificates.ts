/** Certificate payloads of a configuration profile: the SCEP request and the root it authenticates against (E12). */
import { z } from "zod";
import { uuidOf } from "./identifiers";
import { type Entity, type LinkedCertificate, parse, type User } from "./input";
import type { Plist, PlistDict } from "./plist";
import type { Delivery } from "./settings";

const flags = z.string().nullish();
const scepSchema = z.object({
  id: z.string(),
  displayName: z.string().nullish(),
  scepServerUrls: z.array(z.string()).min(1, "must name a SCEP server"),
  subjectNameFormat: z
    .enum([
      "commonName",
      "commonNameAsEmail",
      "custom",
      "commonNameIncludingEmail",
      "commonNameAsIMEI",
      "commonNameAsSerialNumber",
    ])
    .nullish(),
  subjectNameFormatString: z.string().nullish(),
  subjectAlternativeNameType: flags,
  subjectAlternativeNameFormatString: z.string().nullish(),
  customSubjectAlternativeNames: z.array(z.object({ sanType: z.string(), name: z.string().nullish() })).nullish(),
  keyUsage: flags,
  keySize: z.enum(["size1024", "size2048", "size4096"]).nullish(),
});
type Scep = z.infer<typeof scepSchema>;

const rootSchema = z.object({
  id: z.string(),
  displayName: z.string().nullish(),
  trustedRootCertificate: z.base64().min(1, "must hold a certificate"),
  certFileName: z.string().nullish(),
});

const isOfType = (entity: Entity, ending: string) =>
  String(entity["@odata.type"]).toLowerCase().endsWith(ending.toLowerCase());

export interface CertificatePayloads {
  payloads: PlistDict[];
  /** UUID of the payload by the id of the certificate profile. */
  uuids: Map<string, string>;
}

/** The payloads for these links, each certificate and each root once, however many settings refer to it. */
export function certificatePayloads(delivery: Delivery, linked: LinkedCertificate[]): CertificatePayloads {
  const byId = new Map<string, PlistDict>();
  const uuids = new Map<string, string>();
  for (const { certificate, root } of linked) {
    if (byId.has(certificate.id)) continue;
    if (!isOfType(certificate, "ScepCertificateProfile")) {
      const type = String(certificate["@odata.type"]).replace("#microsoft.graph.", "");
      delivery.notes.push(`certificate "${nameOf(certificate)}": a ${type} has no content in Graph that could be sent`);
      continue;
    }
    if (root && !byId.has(root.id)) byId.set(root.id, rootPayload(delivery, root));
    if (!root)
      delivery.notes.push(`certificate "${nameOf(certificate)}": no trusted certificate is linked to it (E12)`);
    const payload = scepPayload(delivery, certificate);
    byId.set(certificate.id, payload);
    uuids.set(certificate.id, payload.PayloadUUID as string);
  }
  return { payloads: [...byId.values()], uuids };
}

const nameOf = (entity: Entity) => String(entity.displayName ?? entity.id);

/** Keys that every payload has; identifiers hold the ids, so that a reader finds its way back to them. */
export function commonKeys({ profile, user }: Delivery, type: string, ...path: string[]): PlistDict {
  return {
    PayloadType: type,
    PayloadVersion: 1,
    PayloadIdentifier: ["pulumi-intune-mail", profile.id, user.id, ...path].join("."),
    PayloadUUID: uuidOf(profile.id, user.id, ...path),
  };
}

function rootPayload(delivery: Delivery, entity: Entity): PlistDict {
  const root = parse(rootSchema, entity, `trusted certificate "${nameOf(entity)}"`);
  return {
    ...commonKeys(delivery, "com.apple.security.root", "root", root.id),
    PayloadDisplayName: nameOf(entity),
    ...(root.certFileName ? { PayloadCertificateFileName: root.certFileName } : {}),
    PayloadContent: new Uint8Array(Buffer.from(root.trustedRootCertificate, "base64")),
  };
}

function scepPayload(delivery: Delivery, entity: Entity): PlistDict {
  const scep = parse(scepSchema, entity, `SCEP certificate "${nameOf(entity)}"`);
  const note = (what: string) => delivery.notes.push(`certificate "${nameOf(entity)}": ${what}`);
  note("the challenge is a secret that the service issues when it sends the profile, and is not here");
  if (scep.scepServerUrls.length > 1) note(`the first of ${scep.scepServerUrls.length} SCEP servers stands here`);
  const fill = (text: string) => fillIn(text, delivery.user, note);
  return {
    ...commonKeys(delivery, "com.apple.security.scep", "certificate", scep.id),
    PayloadDisplayName: nameOf(entity),
    PayloadContent: {
      URL: scep.scepServerUrls[0]!,
      ...subject(scep, fill),
      ...alternativeNames(scep, fill, note),
      ...(scep.keySize ? { Keysize: keySizes[scep.keySize] } : {}),
      "Key Type": "RSA",
      "Key Usage": usage(scep.keyUsage, keyUsages),
    },
  };
}

const keySizes = { size1024: 1024, size2048: 2048, size4096: 4096 } satisfies Record<
  NonNullable<Scep["keySize"]>,
  number
>;

/** Apple's bits, which are not Graph's: there, key encipherment is 1 and digital signature 2. */
const keyUsages: Readonly<Record<string, number>> = { digitalSignature: 1, keyEncipherment: 4 };

const split = (list: string | null | undefined) => (list ?? "").split(",").map((flag) => flag.trim());

const usage = (list: string | null | undefined, bits: Readonly<Record<string, number>>) =>
  split(list).reduce((sum, flag) => sum | (bits[flag] ?? 0), 0);

// --- names in the certificate ----------------------------------------------------------------------------------------

const subjects = {
  commonName: "CN={{UserName}}",
  commonNameAsEmail: "CN={{EmailAddress}}",
  commonNameIncludingEmail: "CN={{UserName}},E={{EmailAddress}}",
  commonNameAsIMEI: "CN={{IMEI}}",
  commonNameAsSerialNumber: "CN={{SerialNumber}}",
  custom: undefined,
} satisfies Record<NonNullable<Scep["subjectNameFormat"]>, string | undefined>;

const variables: Readonly<Record<string, (user: User) => string | null | undefined>> = {
  username: (user) => user.userPrincipalName.split("@")[0],
  userprincipalname: (user) => user.userPrincipalName,
  emailaddress: (user) => user.mail,
  onpremisessamaccountname: (user) => user.onPremisesSamAccountName,
};

/** Puts the user into `{{UserName}}` and its like; what only the device or the service knows stays as it is. */
function fillIn(text: string, user: User, note: (what: string) => void): string {
  return text.replace(/\{\{(\w+)\}\}/g, (variable, name: string) => {
    const value = variables[name.toLowerCase()]?.(user);
    if (!value) note(`${variable} is not known here and stays as it is`);
    return value || variable;
  });
}

/** Attributes for which Apple has no short name. */
const oids: Readonly<Record<string, string>> = {
  E: "1.2.840.113549.1.9.1",
  DC: "0.9.2342.19200300.100.1.25",
  UID: "0.9.2342.19200300.100.1.1",
  SERIALNUMBER: "2.5.4.5",
  TITLE: "2.5.4.12",
  G: "2.5.4.42",
  SN: "2.5.4.4",
};

/** `CN=a,O=b` as Apple has it: a list of sets of pairs. Values are filled in last, so that a comma in one stays in it. */
function subject(scep: Scep, fill: (text: string) => string): PlistDict {
  const format = (scep.subjectNameFormat && subjects[scep.subjectNameFormat]) || scep.subjectNameFormatString;
  if (!format) return {};
  const names = format.split(/(?<!\\),/).map((part): Plist => {
    const [attribute = "", ...value] = part.split("=");
    const name = attribute.trim().toUpperCase();
    return [[oids[name] ?? name, fill(value.join("=").trim().replace(/\\(.)/g, "$1"))]];
  });
  return { Subject: names };
}

const alternativeKeys: Readonly<Record<string, { key: string; format?: string }>> = {
  emailAddress: { key: "rfc822Name", format: "{{EmailAddress}}" },
  userPrincipalName: { key: "ntPrincipalName", format: "{{UserPrincipalName}}" },
  domainNameService: { key: "dNSName" },
  universalResourceIdentifier: { key: "uniformResourceIdentifier" },
};

/** Names of the certificate's holder: those given one by one, else those of the type, made from the user. */
function alternativeNames(scep: Scep, fill: (text: string) => string, note: (what: string) => void): PlistDict {
  const custom = scep.customSubjectAlternativeNames ?? [];
  const wanted = split(scep.subjectAlternativeNameType).filter((type) => type !== "" && type !== "none");
  const given = custom.length > 0 ? custom : wanted.map((sanType) => ({ sanType, name: undefined }));
  const names: PlistDict = {};
  for (const { sanType, name } of given) {
    const { key, format } = alternativeKeys[sanType] ?? {};
    const text = name ?? format ?? scep.subjectAlternativeNameFormatString;
    if (!key || !text) note(`a subject alternative name of type ${sanType} cannot be said`);
    else if (key in names)
      note(`a second subject alternative name of type ${sanType} is left out: Apple's schema has one`);
    else names[key] = fill(text);
  }
  return Object.keys(names).length > 0 ? { SubjectAltName: names } : {};
}
