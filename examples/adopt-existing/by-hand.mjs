/** What an administrator once did in the portal: makes a profile and assigns it. Takes the address of the tenant. */
const [endpoint = "http://127.0.0.1:8080"] = process.argv.slice(2);

async function graph(method, path, body) {
  const headers = { "content-type": "application/json", authorization: "Bearer rehearsal" };
  const response = await fetch(`${endpoint}/beta${path}`, { method, headers, body: body && JSON.stringify(body) });
  if (!response.ok) throw new Error(`${method} ${path} was answered with ${response.status}: ${await response.text()}`);
  return response.json();
}

const profile = await graph("POST", "/deviceManagement/deviceConfigurations", {
  "@odata.type": "#microsoft.graph.iosEasEmailProfileConfiguration",
  displayName: "Mail on iPhones",
  description: "Made by hand in 2018",
  hostName: "mail.contoso.example",
  accountName: "Contoso",
  usernameSource: "userPrincipalName",
  emailAddressSource: "primarySmtpAddress",
  authenticationMethod: "usernameAndPassword",
  durationOfEmailToSync: "oneWeek",
  requireSsl: true,
});
const groups = await graph("GET", `/groups?$filter=${encodeURIComponent("displayName eq 'iPhone users'")}`);
await graph("POST", `/deviceManagement/deviceConfigurations/${profile.id}/assign`, {
  assignments: [{ target: { "@odata.type": "#microsoft.graph.groupAssignmentTarget", groupId: groups.value[0].id } }],
});
console.log(`Made ${profile.displayName} (${profile.id}) and assigned it to ${groups.value[0].displayName}.`);
