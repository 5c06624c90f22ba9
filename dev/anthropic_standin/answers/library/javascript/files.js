const fs = require("node:fs");
const http = require("node:http");

/** Return the value stored in a JSON file. */
function readJson(path) {
  return JSON.parse(fs.readFileSync(path, "utf8"));
}

/** Write a value to a JSON file, indented by two spaces. */
function writeJson(path, data) {
  fs.writeFileSync(path, JSON.stringify(data, null, 2));
}

/** Return the rows of a simple CSV file as objects keyed by the header. */
function readCsv(path) {
  const [header, ...lines] = fs.readFileSync(path, "utf8").trim().split(/\r?\n/);
  const names = header.split(",");
  return lines.map((line) => {
    const values = line.split(",");
    return Object.fromEntries(names.map((name, index) => [name, values[index] ?? ""]));
  });
}

/** Write objects to a CSV file; the first row's keys become the header. */
function writeCsv(path, rows) {
  const names = Object.keys(rows[0] ?? {});
  const quote = (value) => `"${String(value ?? "").replaceAll('"', '""')}"`;
  const lines = rows.map((row) => names.map((name) => quote(row[name])).join(","));
  fs.writeFileSync(path, `${[names.join(","), ...lines].join("\n")}\n`);
}

/** Return the whole text of a file. */
function readText(path) {
  return fs.readFileSync(path, "utf8");
}

/** Write a text to a file, replacing what was there. */
function writeText(path, text) {
  fs.writeFileSync(path, text);
}

/** Return how many lines a text file has. */
function countLines(path) {
  const text = fs.readFileSync(path, "utf8");
  return text === "" ? 0 : text.replace(/\n$/, "").split("\n").length;
}

/** Return the names of the files in a folder, sorted. */
function listFiles(folder) {
  const entries = fs.readdirSync(folder, { withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name).sort();
}

/** Return the text that a URL answers with. */
async function fetchUrl(url) {
  const response = await fetch(url);
  if (!response.ok) {
    throw new Error(`The server answered ${response.status}.`);
  }
  return response.text();
}

/** Return the JSON value that a URL answers with. */
async function fetchJson(url) {
  const response = await fetch(url);
  if (!response.ok) {
    throw new Error(`The server answered ${response.status}.`);
  }
  return response.json();
}

/** Send a value as JSON to a URL and return the JSON answer. */
async function postJson(url, data) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(data),
  });
  if (!response.ok) {
    throw new Error(`The server answered ${response.status}.`);
  }
  return response.json();
}

/** Save what a URL answers with to a file and return the number of bytes. */
async function downloadFile(url, path) {
  const response = await fetch(url);
  const bytes = Buffer.from(await response.arrayBuffer());
  fs.writeFileSync(path, bytes);
  return bytes.length;
}

/** Serve a list of items: GET lists them, POST adds one. */
class ItemHandler {
  constructor() {
    this.items = [];
  }

  /** Answer one request of a Node HTTP server. */
  async handle(request, response) {
    if (request.method === "GET") {
      this.reply(response, 200, this.items);
      return;
    }
    const parts = [];
    for await (const part of request) {
      parts.push(part);
    }
    try {
      const item = JSON.parse(Buffer.concat(parts).toString("utf8"));
      this.items.push(item);
      this.reply(response, 201, item);
    } catch {
      this.reply(response, 400, { error: "The body is not valid JSON." });
    }
  }

  /** Send a JSON answer with the given status. */
  reply(response, status, data) {
    response.writeHead(status, { "Content-Type": "application/json" });
    response.end(JSON.stringify(data));
  }
}

/** Return a listening HTTP server on the local machine that answers with a status. */
function startServer(port) {
  const server = http.createServer((request, response) => {
    response.writeHead(200, { "Content-Type": "application/json" });
    response.end(JSON.stringify({ status: "ok" }));
  });
  return server.listen(port, "127.0.0.1");
}
