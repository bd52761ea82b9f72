import { lacks, type Platform, required } from "../platform";
import * as v from "./values";

const gmail = "Gmail synchronizes what the user chooses in the app";

export const androidForWorkGmail = {
  title: "Gmail (Android for Work)",
  odataType: "androidForWorkGmailEasConfiguration",
  settings: {
    ...v.common,
    ...v.authentication,
    ...v.annotated,
    ...v.noDomain,
    ...v.noAadSource,
    ...v.noSmime,
    ...v.noIosSettings,
    ...v.noNotes,
    ...v.notWindowsPhone,
    usernameSource: required(v.androidUsernameSource),
    syncCalendar: lacks(gmail),
    syncContacts: lacks(gmail),
    syncTasks: lacks(gmail),
  },
} satisfies Platform;
