import assert from "node:assert/strict";
import type { Certificates, PayloadInput, ProfileType, User } from "../../provider/payload/payload";
import { deliver } from "../../provider/payload/settings";
import { alex, allCertificates, profileOf } from "./cases";

interface Case {
  name: string;
  type?: ProfileType;
  profile: Record<string, unknown>;
  user?: Partial<User>;
  certificates?: Certificates;
  gives: Record<string, unknown>;
  notes?: RegExp[];
}

const sam = { usernameAADSource: "samAccountName" };

const cases: Case[] = [
  // Name and address (E4).
  { name: "the principal name", profile: {}, gives: { userName: "alex@contoso.example" } },
  {
    name: "the primary SMTP address as name",
    profile: { usernameSource: "primarySmtpAddress" },
    gives: { userName: "alex.weber@mail.contoso.example" },
  },
  {
    name: "the part before the @",
    type: "samsungKnox",
    profile: { usernameSource: "username" },
    gives: { userName: "alex", domain: undefined },
  },
  { name: "the AAD source goes before the other", profile: sam, gives: { userName: "aweber", domain: undefined } },
  { name: "the address", profile: {}, gives: { emailAddress: "alex.weber@mail.contoso.example" } },
  {
    name: "the principal name as address, needing no mail",
    profile: { emailAddressSource: "userPrincipalName" },
    user: { mail: null },
    gives: { emailAddress: "alex@contoso.example" },
  },
  {
    name: "a Windows Phone profile without an address source takes the SMTP address",
    type: "windowsPhone81",
    profile: { emailAddressSource: null },
    gives: { emailAddress: "alex.weber@mail.contoso.example" },
  },
  {
    name: "the full domain",
    type: "windows10",
    profile: { ...sam, userDomainNameSource: "fullDomainName" },
    gives: { userName: "aweber", domain: "contoso.example" },
  },
  {
    name: "the NetBIOS domain",
    type: "windows10",
    profile: { ...sam, userDomainNameSource: "netBiosDomainName" },
    gives: { domain: "CONTOSO" },
  },
  {
    name: "a domain of one's own goes before the directory's",
    type: "windows10",
    profile: { ...sam, userDomainNameSource: "fullDomainName", customDomainName: "corp" },
    gives: { domain: "corp" },
  },
  {
    name: "the domain stands in the user name on iOS",
    profile: { ...sam, customDomainName: "corp" },
    gives: { userName: "corp\\aweber", domain: undefined },
  },
  {
    name: "no domain with a principal name, and a note",
    type: "windows10",
    profile: { customDomainName: "corp" },
    gives: { userName: "alex@contoso.example", domain: undefined },
    notes: [/^domain: sent with a samAccountName only/],
  },
  // Certificates (E6).
  {
    name: "a certificate, with the method",
    profile: { authenticationMethod: "certificate" },
    certificates: { identity: allCertificates.identity },
    gives: { identityCertificate: allCertificates.identity!.certificate.id },
  },
  {
    name: "a link that survived the return to passwords is not used",
    profile: { authenticationMethod: "usernameAndPassword" },
    certificates: { identity: allCertificates.identity },
    gives: { identityCertificate: undefined },
    notes: [/^identityCertificate: still linked/],
  },
  {
    name: "the method without a certificate",
    profile: { authenticationMethod: "certificate" },
    gives: { identityCertificate: undefined },
    notes: [/^identityCertificate: .* none is linked.*\(E6\)/],
  },
  {
    name: "a derived credential",
    profile: { authenticationMethod: "derivedCredential" },
    gives: { identityCertificate: undefined },
    notes: [/^authenticationMethod: a derived credential/],
  },
  {
    name: "S/MIME signs unless told otherwise",
    profile: { requireSmime: true },
    certificates: { signing: allCertificates.signing },
    gives: { smimeSigningEnabled: true, smimeSigningCertificate: allCertificates.signing!.certificate.id },
  },
  {
    name: "S/MIME that is told otherwise",
    profile: { requireSmime: true, smimeSigningEnabled: false },
    gives: { smimeSigningEnabled: false },
  },
  {
    name: "what is left over of S/MIME is not used",
    profile: { requireSmime: false, smimeSigningEnabled: true },
    certificates: { signing: allCertificates.signing },
    gives: { smimeSigningEnabled: undefined, smimeSigningCertificate: undefined },
    notes: [/^requireSmime: not set/],
  },
  {
    name: "a signing certificate of type none",
    profile: { requireSmime: true, signingCertificateType: "none" },
    certificates: { signing: allCertificates.signing },
    gives: { smimeSigningCertificate: undefined },
  },
  {
    name: "encryption by a derived credential",
    profile: { requireSmime: true, encryptionCertificateType: "derivedCredential" },
    certificates: { encryption: allCertificates.encryption },
    gives: { smimeEncryptionCertificate: undefined },
    notes: [/^encryptionCertificateType: a derived credential/],
  },
  // Words of the wire.
  {
    name: "services in any order, with or without spaces",
    profile: { easServices: "reminders,calendars , email" },
    gives: { easServices: ["calendars", "email", "reminders"] },
  },
  { name: "no services", profile: { easServices: "none" }, gives: { easServices: [] } },
  { name: "null is absent", profile: { useOAuth: null }, gives: { useOAuth: undefined } },
  {
    name: "annotations (E3)",
    type: "androidForWorkGmail",
    profile: { "@classic.accountName": "Mail", "@classic.emailSyncSchedule": "manual" },
    gives: { accountName: "Mail", emailSyncSchedule: "manual" },
  },
  {
    name: "Graph's types without regard to case",
    profile: { "@odata.type": "#Microsoft.Graph.IOSEasEmailProfileConfiguration" },
    gives: { hostName: "mail.contoso.example" },
  },
];

describe("settings of one user", () => {
  for (const { name, type = "ios", profile, user, certificates, gives, notes = [] } of cases) {
    it(name, () => {
      const input: PayloadInput = { profile: profileOf(type, profile), user: { ...alex, ...user }, certificates };
      const delivery = deliver(input);
      for (const [setting, value] of Object.entries(gives)) {
        assert.deepEqual(delivery.settings[setting as keyof typeof delivery.settings], value, setting);
      }
      assert.equal(delivery.notes.length, notes.length, delivery.notes.join("\n"));
      for (const [index, note] of notes.entries()) assert.match(delivery.notes[index]!, note);
    });
  }
});
