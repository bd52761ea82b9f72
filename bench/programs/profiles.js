/** The same profiles for both programs. */
exports.profiles = (count) =>
  Array.from({ length: count }, (_, index) => ({
    platform: "ios",
    displayName: `Mail on iPhones ${index}`,
    description: "Company mail for the people of one office",
    hostName: `mail${index % 7}.contoso.example`,
    accountName: "Contoso",
    usernameSource: "userPrincipalName",
    emailAddressSource: "primarySmtpAddress",
    authenticationMethod: "usernameAndPassword",
    durationOfEmailToSync: "oneWeek",
    requireSsl: true,
    easServices: ["calendars", "contacts", "email"],
  }));
