/** A profile that somebody made by hand, and its assignments, taken over as they are. */
import { Deployment, EmailProfile } from "pulumi-intune-mail";

const mail = new EmailProfile("iphones", {
  platform: "ios",
  // By this name the profile is found.
  displayName: "Mail on iPhones",
  hostName: "mail.contoso.example",
  accountName: "Contoso",
  usernameSource: "userPrincipalName",
  emailAddressSource: "primarySmtpAddress",
  authenticationMethod: "usernameAndPassword",
  durationOfEmailToSync: "oneMonth",
  requireSsl: true,
  adopt: true,
});
new Deployment("iphones", { profileId: mail.id, includedGroups: ["iPhone users"], adopt: true });

export const profileId = mail.id;
