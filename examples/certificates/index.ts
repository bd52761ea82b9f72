/** Mail without passwords on iPhones, the server's certificate on Samsung phones, and the app that Gmail's profile needs. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { AppDeployment, Deployment, EmailProfile, ScepCertificate, TrustedCertificate } from "pulumi-intune-mail";

const file = (name: string) => readFileSync(join(__dirname, name), "utf8");
const company = {
  hostName: "mail.contoso.example",
  emailAddressSource: "primarySmtpAddress",
  usernameSource: "userPrincipalName",
  durationOfEmailToSync: "oneWeek",
  requireSsl: true,
} as const;

// E12: each iPhone asks the SCEP server for its user's certificate, which authenticates against the company's root. The
// mail server has to trust that root too. All three go to the same people.
const iphones = ["iPhone users"];
const root = new TrustedCertificate("root", {
  platform: "ios",
  displayName: "Contoso root",
  trustedRootCertificate: file("contoso-root.pem"),
  certFileName: "contoso-root.cer",
});
const identity = new ScepCertificate("identity", {
  platform: "ios",
  displayName: "Mail identity",
  scepServerUrls: ["https://ndes.contoso.example/certsrv/mscep/mscep.dll"],
  subjectNameFormat: "commonNameIncludingEmail",
  subjectAlternativeNameType: ["userPrincipalName"],
  keyUsage: ["digitalSignature", "keyEncipherment"],
  keySize: "size2048",
  extendedKeyUsages: [{ name: "Client Authentication", objectIdentifier: "1.3.6.1.5.5.7.3.2" }],
  certificateValidityPeriodScale: "years",
  certificateValidityPeriodValue: 1,
  renewalThresholdPercentage: 20,
  rootCertificate: root.id,
});
const mail = new EmailProfile("iphones", {
  platform: "ios",
  displayName: "Mail on iPhones",
  ...company,
  accountName: "Contoso",
  authenticationMethod: "certificate",
  identityCertificate: identity.id,
});
new Deployment("root", { profileId: root.id, includedGroups: iphones });
new Deployment("identity", { profileId: identity.id, includedGroups: iphones });
new Deployment("iphones", { profileId: mail.id, includedGroups: iphones });

// E11: Samsung phones connect with SSL only if they have the server's certificate from Intune.
const samsung = ["Samsung users"];
const server = new TrustedCertificate("server", {
  platform: "android",
  displayName: "mail.contoso.example",
  trustedRootCertificate: file("mail.pem"),
});
const samsungMail = new EmailProfile("samsung", {
  platform: "samsungKnox",
  displayName: "Mail on Samsung phones",
  ...company,
  accountName: "Contoso",
  authenticationMethod: "usernameAndPassword",
  emailSyncSchedule: "asMessagesArrive",
  syncCalendar: true,
  syncContacts: true,
  syncTasks: true,
  syncNotes: true,
  requireSmime: false,
});
new Deployment("server", { profileId: server.id, includedGroups: samsung });
new Deployment("samsung", { profileId: samsungMail.id, includedGroups: samsung });

// E10: the profile waits until Gmail is in the work profile.
const gmail = ["Gmail users"];
const gmailMail = new EmailProfile("gmail", {
  platform: "androidForWorkGmail",
  displayName: "Mail in Gmail",
  ...company,
  authenticationMethod: "usernameAndPassword",
});
new AppDeployment("gmail", { app: "com.google.android.gm", intent: "required", includedGroups: gmail });
new Deployment("gmail", { profileId: gmailMail.id, includedGroups: gmail });

export const rootThumbprint = root.thumbprint;
export const rootEnds = root.expirationDateTime;
