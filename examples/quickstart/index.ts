/** Company mail for six kinds of devices, each deployed to the people who have them, and the Exchange connector. */
import * as pulumi from "@pulumi/pulumi";
import { Deployment, EmailProfile, type EmailProfileArgs, ExchangeConnector } from "pulumi-intune-mail";

/** What all profiles have in common. Nothing is filled in behind your back: what a platform requires is said (E2). */
const company = {
  hostName: "mail.contoso.example",
  emailAddressSource: "primarySmtpAddress",
  usernameSource: "userPrincipalName",
  durationOfEmailToSync: "oneWeek",
  requireSsl: true,
} as const;
const account = { accountName: "Contoso" } as const;
const password = { authenticationMethod: "usernameAndPassword" } as const;
const push = { emailSyncSchedule: "asMessagesArrive" } as const;
const everything = { syncCalendar: true, syncContacts: true, syncTasks: true } as const;

interface Rollout {
  profile: EmailProfileArgs;
  to: string[];
}

const rollouts: Record<string, Rollout> = {
  iphones: {
    profile: { platform: "ios", displayName: "Mail on iPhones", ...company, ...account, ...password },
    to: ["iPhone users"],
  },
  samsung: {
    profile: {
      platform: "samsungKnox",
      displayName: "Mail on Samsung phones",
      ...company,
      ...account,
      ...password,
      ...push,
      ...everything,
      syncNotes: true,
      requireSmime: false,
    },
    to: ["Samsung users"],
  },
  "windows-phones": {
    profile: {
      platform: "windowsPhone81",
      displayName: "Mail on Windows phones",
      ...company,
      ...account,
      ...push,
      ...everything,
    },
    to: ["Windows Phone users"],
  },
  "windows-10": {
    profile: {
      platform: "windows10",
      displayName: "Mail on Windows 10",
      ...company,
      ...account,
      ...push,
      ...everything,
    },
    to: ["Windows 10 users"],
  },
  gmail: {
    profile: { platform: "androidForWorkGmail", displayName: "Mail in Gmail", ...company, ...password },
    to: ["Gmail users"],
  },
  "nine-work": {
    profile: {
      platform: "androidForWorkNineWork",
      displayName: "Mail in Nine Work",
      ...company,
      ...password,
      ...everything,
    },
    to: ["Nine Work users"],
  },
};

const profiles = Object.entries(rollouts).map(([name, { profile, to }]) => {
  const mail = new EmailProfile(name, profile);
  new Deployment(name, { profileId: mail.id, includedGroups: to });
  return mail;
});

// The tenant to rehearse on neither checks nor keeps passwords. For a real one:
// pulumi config set --secret exchangePassword (and notificationPassword).
const config = new pulumi.Config();
const secret = (key: string) => config.getSecret(key) ?? pulumi.secret("rehearsal");

const connector = new ExchangeConnector("contoso", {
  exchangeOrganization: "Contoso Mail",
  exchangeConnectorType: "onPremises",
  serverName: "cas01.contoso.example",
  exchangeAccount: { user: "CONTOSO\\svc-intune", password: secret("exchangePassword") },
  notificationAccount: {
    address: "mail-notifications@contoso.example",
    password: secret("notificationPassword"),
  },
});

export const profileNames = profiles.map((profile) => profile.displayName);
export const mailServer = company.hostName;
export const connectorId = connector.id;
export const connectorStatus = connector.status;
