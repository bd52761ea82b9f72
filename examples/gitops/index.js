/** Company mail on iPhones and in Android's work profiles, each deployed to the people who have them. */
import { AppDeployment, Deployment, EmailProfile } from "pulumi-intune-mail";

const company = {
  hostName: "mail.contoso.example",
  emailAddressSource: "primarySmtpAddress",
  usernameSource: "userPrincipalName",
  durationOfEmailToSync: "oneWeek",
  requireSsl: true,
  authenticationMethod: "usernameAndPassword",
};

const iphones = new EmailProfile("iphones", {
  platform: "ios",
  displayName: "Mail on iPhones",
  accountName: "Contoso",
  ...company,
});
new Deployment("iphones", { profileId: iphones.id, includedGroups: ["iPhone users"] });

const gmail = new EmailProfile("gmail", {
  platform: "androidForWorkGmail",
  displayName: "Mail in Gmail",
  ...company,
});
new AppDeployment("gmail", { app: "com.google.android.gm", intent: "required", includedGroups: ["Gmail users"] });
new Deployment("gmail", { profileId: gmail.id, includedGroups: ["Gmail users"] });
