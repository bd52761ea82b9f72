/** What is tested: a script as an administrator might write it, which knows Microsoft Graph and nothing of a simulator. */

const profile = {
  "@odata.type": "#microsoft.graph.iosEasEmailProfileConfiguration",
  displayName: "Mail on iPhones",
  accountName: "Work",
  hostName: "mail.contoso.example",
  emailAddressSource: "primarySmtpAddress",
  usernameSource: "userPrincipalName",
  durationOfEmailToSync: "oneWeek",
  authenticationMethod: "usernameAndPassword",
  requireSsl: true,
};

/** Makes the profile where there is none, and assigns it to a group; gives its id. Running it again changes nothing. */
export async function rollOut(graph: string, groupName: string): Promise<string> {
  const configurations = `${graph}/beta/deviceManagement/deviceConfigurations`;
  const group = await named(`${graph}/beta/groups`, groupName);
  if (!group) throw new Error(`There is no group "${groupName}".`);
  let made = await named(configurations, profile.displayName);
  if (!made) {
    try {
      made = await send<Thing>("POST", configurations, profile);
    } catch (error) {
      // The connection may have been lost after the profile was made: look, before making another one.
      if (!(error instanceof TypeError)) throw error;
      return rollOut(graph, groupName);
    }
  }
  const target = { "@odata.type": "#microsoft.graph.groupAssignmentTarget", groupId: group.id };
  await send("POST", `${configurations}/${made.id}/assign`, { assignments: [{ target }] });
  return made.id;
}

interface Thing {
  id: string;
  displayName: string;
}

async function named(collection: string, name: string): Promise<Thing | undefined> {
  const { value } = await send<{ value: Thing[] }>("GET", collection);
  return value.find(({ displayName }) => displayName === name);
}

/** Sends a request, and sends it again where the service asks for that. */
async function send<T>(method: string, url: string, body?: object): Promise<T> {
  const headers = { authorization: "Bearer rehearsal", "content-type": "application/json" };
  for (let attempt = 1; ; attempt++) {
    const response = await fetch(url, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
    const busy = response.status === 429 || response.status === 503;
    if (busy && attempt < 5) {
      const seconds = Number(response.headers.get("retry-after") ?? 1);
      await new Promise((resume) => setTimeout(resume, seconds * 1000));
      continue;
    }
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${text}`);
    return (text === "" ? undefined : JSON.parse(text)) as T;
  }
}
