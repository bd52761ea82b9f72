/** The least that Node can do: answers every request with the JSON text that it is given. */
import { createServer } from "node:http";

const body = process.argv[2] ?? "{}";
const server = createServer((_request, response) => {
  response.writeHead(200, { "content-type": "application/json" });
  response.end(body);
});
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${(server.address() as { port: number }).port}`));
