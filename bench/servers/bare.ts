/** The least that Node can do: reads a body, if there is one, and answers with the JSON text that its parent sends it first. */
import { createServer } from "node:http";

process.once("message", (text: string) => {
  const server = createServer((request, response) => {
    const answer = () => {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(text);
    };
    if (request.method === "GET") answer();
    else request.resume().once("end", answer);
  });
  server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${(server.address() as { port: number }).port}`));
});
