/** The least that Node can do: reads every request, and answers it with the JSON text that its parent sends it first. */
import { createServer } from "node:http";

process.once("message", (body: string) => {
  const server = createServer((request, response) => {
    request.resume().once("end", () => {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(body);
    });
  });
  server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${(server.address() as { port: number }).port}`));
});
