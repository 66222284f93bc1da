/// The page that shows the API to people: it reads `/openapi.json` and needs nothing else.
///
/// One file without foreign resources, so that it works where the broker works; its styles and its script are
/// inline, as the route's Content-Security-Policy allows. Texts of the document are only ever set as text.
enum DocsPage {
  static let html: [UInt8] = text.withUTF8Buffer { unsafe Array($0) }

  private static let text: StaticString = #"""
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Sluice API</title>
    <style>
    :root { color-scheme: light dark; --text: #1d2530; --soft: #5b6675; --line: #dfe3e8; --page: #fff;
      --side: #f6f7f9; --code: #f2f4f7; --link: #0b62c4; --get: #0b62c4; --post: #1a7f45; --patch: #9a6200;
      --delete: #b3261e; }
    @media (prefers-color-scheme: dark) { :root { --text: #dde3ea; --soft: #97a2b0; --line: #2c343e;
      --page: #12161b; --side: #171c22; --code: #1d242c; --link: #6db3ff; --get: #6db3ff; --post: #62c98b; 
      --patch: #e0ae54; --delete: #ff8a80; } }
    * { box-sizing: border-box; }
    body { margin: 0; display: grid; grid-template-columns: 18rem minmax(0, 1fr); color: var(--text);
      background: var(--page); font: 16px/1.55 system-ui, sans-serif; }
    nav { position: sticky; top: 0; height: 100vh; overflow: auto; padding: 1.5rem 1rem; background: var(--side);
      border-right: 1px solid var(--line); font-size: .875rem; }
    nav h1 { margin: 0 0 1rem .5rem; font-size: 1.15rem; }
    nav h2 { margin: 1.2rem 0 .2rem .5rem; font-size: .72rem; letter-spacing: .06em; text-transform: uppercase;
      color: var(--soft); }
    nav a { display: block; padding: .2rem .5rem; border-radius: .3rem; color: inherit; text-decoration: none; }
    nav a:hover, nav a:focus-visible { background: var(--code); }
    input { width: 100%; padding: .4rem .6rem; border: 1px solid var(--line); border-radius: .4rem; font: inherit;
      color: inherit; background: var(--page); }
    main { max-width: 58rem; padding: 2rem 2.5rem 6rem; }
    a { color: var(--link); }
    h1, h2, h3 { line-height: 1.25; text-wrap: balance; }
    section > h2 { margin: 3.5rem 0 .2rem; padding-bottom: .3rem; border-bottom: 1px solid var(--line); }
    section > h2 { text-transform: capitalize; }
    section > p { margin-top: .3rem; color: var(--soft); }
    article { padding-top: 1.6rem; scroll-margin-top: .5rem; }
    article h3 { margin: 0; font-size: 1.1rem; }
    article h4 { margin: 1.3rem 0 .4rem; font-size: .8rem; letter-spacing: .04em; text-transform: uppercase;
      color: var(--soft); }
    .route { margin: .3rem 0; font: .95rem/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
    .method { margin-right: .6rem; font-weight: 700; }
    .get { color: var(--get); } .post { color: var(--post); } .patch { color: var(--patch); }
    .delete { color: var(--delete); }
    code { padding: .1em .3em; border-radius: .25em; background: var(--code);
      font: .88em ui-monospace, monospace; }
    .block { position: relative; margin: .5rem 0; }
    pre { margin: 0; padding: .8rem 4.5rem .8rem 1rem; overflow: auto; border-radius: .4rem;
      background: var(--code); font: .82rem/1.5 ui-monospace, monospace; }
    button { font: inherit; font-size: .75rem; color: var(--soft); background: var(--page);
      border: 1px solid var(--line); border-radius: .3rem; cursor: pointer; }
    .block button { position: absolute; top: .5rem; right: .5rem; padding: .15rem .5rem; }
    table { width: 100%; border-collapse: collapse; font-size: .9rem; }
    td { padding: .45rem .8rem .45rem 0; border-top: 1px solid var(--line); vertical-align: top; }
    td:first-child { width: 13rem; overflow-wrap: anywhere; }
    td p { margin: 0; }
    .note { color: var(--soft); font-size: .82rem; }
    .need { margin-left: .4rem; color: var(--delete); font-size: .75rem; }
    details { margin: .3rem 0; }
    summary { cursor: pointer; } summary span + span { margin-left: .2rem; }
    .inner { margin-left: 1rem; }
    details > table { margin: .4rem 0 .4rem 1rem; width: calc(100% - 1rem); }
    .status { display: inline-block; min-width: 3rem; font-weight: 600; font-variant-numeric: tabular-nums; }
    #skip { position: absolute; left: -99rem; } #skip:focus { left: 1rem; top: 1rem; }
    @media (max-width: 50rem) { body { display: block; } main { padding: 1rem 1.2rem 4rem; }
      nav { position: static; height: auto; border-right: 0; border-bottom: 1px solid var(--line); }
      nav h2, nav a { display: none; } nav.found a.hit { display: block; } }
    </style>
    </head>
    <body>
    <a id="skip" href="#content">Skip to the operations</a>
    <nav aria-label="Operations"><h1>Sluice API</h1>
    <input id="search" type="search" placeholder="Find an operation" aria-label="Find an operation"></nav>
    <main id="content"><p id="state">Reading <a href="/openapi.json">the document</a> …</p></main>
    <script>
    "use strict";
    // Every text of the document goes through textContent: nothing of it is ever read as markup.
    let api;
    const methods = ["get", "post", "put", "patch", "delete"];

    function element(name, options = {}, ...children) {
      const made = document.createElement(name);
      for (const [key, value] of Object.entries(options)) {
        if (key === "text") made.textContent = value;
        else if (key === "click") made.addEventListener("click", value);
        else made.setAttribute(key, value);
      }
      made.append(...children.filter((child) => child != null));
      return made;
    }

    /// What a $ref points at; anything else as it is.
    function resolved(value) {
      for (let hops = 0; value && value.$ref && hops < 8; hops += 1) {
        value = value.$ref.slice(2).split("/").reduce((at, key) => at && at[key], api);
      }
      return value || {};
    }

    /// Paragraphs, `code`, **strong** and *emphasis*: all the markup that the document uses.
    function prose(text, name = "p") {
      const box = document.createDocumentFragment();
      for (const paragraph of (text || "").trim().split(/\n\s*\n/)) {
        if (!paragraph) continue;
        const line = element(name);
        for (const part of paragraph.replace(/\s+/g, " ").split(/(`[^`]+`|\*\*[^*]+\*\*|\*[^*]+\*)/)) {
          if (part.startsWith("`")) line.append(element("code", { text: part.slice(1, -1) }));
          else if (part.startsWith("**")) line.append(element("strong", { text: part.slice(2, -2) }));
          else if (/^\*.+\*$/.test(part)) line.append(element("em", { text: part.slice(1, -1) }));
          else line.append(part);
        }
        box.append(line);
      }
      return box;
    }

    function block(text) {
      const button = element("button", { type: "button", text: "Copy" });
      button.addEventListener("click", async () => {
        try { await navigator.clipboard.writeText(text); button.textContent = "Copied"; }
        catch { getSelection().selectAllChildren(button.previousSibling); button.textContent = "Selected"; }
        setTimeout(() => { button.textContent = "Copy"; }, 1500);
      });
      return element("div", { class: "block" }, element("pre", { text, tabindex: "0" }), button);
    }

    /// A schema in a few words: type, bounds, form.
    function words(schema) {
      const whole = flat(schema);
      const parts = [];
      const name = schema.$ref ? schema.$ref.split("/").pop() : null;
      if (whole.oneOf) parts.push(whole.oneOf.map((one) => flat(one).title || words(one)).join(" or "));
      else if (whole.enum) parts.push(whole.enum.filter((one) => one !== null).map(String).join(" | "));
      else if (whole.type === "array") parts.push("list of " + words(whole.items || {}));
      else parts.push((name && whole.properties ? name : whole.format || whole.type) || "any value");
      const isBounded = whole.minimum !== undefined && whole.maximum !== undefined;
      if (isBounded) parts.push(`${whole.minimum} to ${whole.maximum}`);
      else if (whole.minimum !== undefined) parts.push(`at least ${whole.minimum}`);
      if (whole.maxLength) parts.push(`at most ${whole.maxLength} characters`);
      if (whole.default !== undefined) parts.push(`${whole.default} if absent`);
      if (whole.nullable) parts.push("or null");
      return parts.join(", ");
    }

    /// The schema with the members of its `allOf` and of its target.
    function flat(schema) {
      const target = resolved(schema);
      return target.allOf ? Object.assign({}, ...target.allOf.map(flat), target) : target;
    }

    /// The members of an object; nested ones open on demand, so that recursion ends with the reader.
    function members(schema, depth = 0) {
      const whole = flat(schema);
      if (whole.type === "array" && whole.items) return members(whole.items, depth);
      if (whole.oneOf) {
        const forms = whole.oneOf.filter((one) => flat(one).properties);
        if (!forms.length) return null;
        return element("div", {}, ...forms.map((one) => lazily(nameOf(one), one, depth + 1, true)));
      }
      if (!whole.properties) return null;
      const table = element("table");
      for (const [name, member] of Object.entries(whole.properties)) {
        const required = (whole.required || []).includes(name);
        table.append(element("tr", {},
          element("td", {}, element("code", { text: name }),
            required ? element("span", { class: "need", text: "required" }) : null),
          element("td", {}, element("span", { class: "note", text: words(member) }),
            prose(member.description || flat(member).description),
            hasMembers(member) ? lazily("fields", member, depth + 1) : null)));
      }
      return table;
    }

    function nameOf(schema) {
      return flat(schema).title || (schema.$ref ? schema.$ref.split("/").pop() : "form");
    }

    function hasMembers(schema) {
      const whole = flat(schema);
      if (whole.items) return hasMembers(whole.items);
      return Boolean(whole.properties) || Boolean(whole.oneOf && whole.oneOf.some((one) => flat(one).properties));
    }

    function lazily(title, schema, depth, isOpen = false) {
      const box = element("details", {}, element("summary", { class: "note", text: title }));
      const fill = () => { if (box.children.length < 2) box.append(members(schema, depth) || ""); };
      box.addEventListener("toggle", fill);
      if (isOpen && depth < 3) { fill(); box.open = true; }
      return box;
    }

    function quoted(text) { return "'" + String(text).replaceAll("'", "'\\''") + "'"; }

    /// A line that can be pasted into a shell where SLUICE_STATE names the broker's state directory.
    function curl(method, path, operation, parameters, example, type) {
      const isOpen = operation.security && operation.security.length === 0;
      const filled = path.replace(/\{(\w+)\}/g, (_, name) => {
        const found = parameters.find((one) => one.in === "path" && one.name === name) || {};
        return found.example || name.toUpperCase();
      });
      let line = "curl --cacert \"$SLUICE_STATE/ca.pem\"";
      if (!isOpen) line += " \\\n  -H \"Authorization: Bearer $(cat \"$SLUICE_STATE/owner.token\")\"";
      if (operation["x-stream"]) line += " -N";
      if (method !== "get") line += ` -X ${method.toUpperCase()}`;
      if (example !== undefined) {
        const text = typeof example === "string" ? example : JSON.stringify(example);
        line += ` \\\n  -H 'Content-Type: ${type}' --data-binary ${quoted(text.replace(/\n$/, ""))}`;
      }
      return line + ` \\\n  ${quoted(location.origin + filled)}`;
    }

    function examples(method, path, operation, parameters, body) {
      const content = body && Object.entries(body.content)[0];
      if (!content) return [["", curl(method, path, operation, parameters)]];
      const [type, media] = content;
      const named = Object.values(media.examples || {}).map(resolved);
      if (!named.length && media.example !== undefined) named.push({ summary: "", value: media.example });
      if (!named.length) named.push({ summary: "", value: undefined });
      return named.map((one) => [one.summary || "", curl(method, path, operation, parameters, one.value, type)]);
    }

    function answers(operation) {
      const all = Object.entries(operation.responses).map(([status, one]) => [status, resolved(one)]);
      const problems = all.filter(([status]) => status >= "400");
      const box = element("div", {}, ...all.filter(([status]) => status < "400").map((one) => answer(...one)));
      const numbers = problems.map(([status]) => status).join(", ");
      box.append(element("details", {}, element("summary", { text: `Problems: ${numbers}` }),
        element("div", { class: "inner" }, ...problems.map((one) => answer(...one)))));
      return box;
    }

    function answer(status, found) {
      const text = (found.description || "").trim().split("\n\n")[0];
      const entry = element("details", {}, element("summary", {},
        element("span", { class: "status", text: status }), prose(text, "span")));
      for (const [name, header] of Object.entries(found.headers || {})) {
        entry.append(element("div", { class: "note" }, element("code", { text: name }), " ",
          prose(resolved(header).description, "span")));
      }
      for (const [type, media] of Object.entries(found.content || {})) {
        entry.append(element("p", { class: "note", text: type }));
        if (media.example) entry.append(block(String(media.example).trim()));
        const schema = media["x-ndjson-item"] || media.schema;
        if (schema && hasMembers(schema)) entry.append(lazily(nameOf(schema), schema, 1));
      }
      return entry;
    }

    function article(method, path, operation, shared) {
      const all = [...shared, ...(operation.parameters || [])].map(resolved);
      const parameters = ["path", "query", "header"].flatMap((place) => all.filter((one) => one.in === place));
      const body = operation.requestBody && resolved(operation.requestBody);
      const made = element("article", { id: operation.operationId },
        element("h3", { text: operation.summary }),
        element("p", { class: "route" },
          element("span", { class: `method ${method}`, text: method.toUpperCase() }), path),
        prose(operation.description));
      for (const [title, line] of examples(method, path, operation, parameters, body)) {
        if (title) made.append(element("p", { class: "note", text: title }));
        made.append(block(line));
      }
      if (parameters.length) {
        made.append(element("h4", { text: "Parameters" }), element("table", {}, ...parameters.map((one) =>
          element("tr", {},
            element("td", {}, element("code", { text: one.name }),
              one.required ? element("span", { class: "need", text: "required" }) : null),
            element("td", {}, element("span", { class: "note", text: `${one.in}: ${words(one.schema)}` }),
              one.example && element("span", { class: "note", text: `; such as ${one.example}` }),
              prose(one.description))))));
      }
      if (body) {
        made.append(element("h4", { text: "Body" }));
        for (const [type, media] of Object.entries(body.content)) {
          const schema = media["x-ndjson-item"] || media.schema;
          made.append(lazily(type + (media["x-ndjson-item"] ? ", one a line" : ""), schema, 1));
        }
      }
      made.append(element("h4", { text: "Answers" }), answers(operation));
      return made;
    }

    function show() {
      const main = document.getElementById("content");
      const nav = document.querySelector("nav");
      main.replaceChildren(element("h1", { text: `${api.info.title} API` }), prose(api.info.description),
        element("p", { class: "note" }, "For programs: ",
          element("a", { href: "/openapi.json", text: "openapi.json" })));
      for (const tag of api.tags) {
        const section = element("section", {}, element("h2", { text: tag.name }), prose(tag.description));
        nav.append(element("h2", { text: tag.name }));
        for (const [path, item] of Object.entries(api.paths)) {
          for (const method of methods.filter((one) => item[one] && item[one].tags.includes(tag.name))) {
            const operation = item[method];
            section.append(article(method, path, operation, item.parameters || []));
            nav.append(element("a", { href: `#${operation.operationId}`, title: `${method.toUpperCase()} ${path}`,
              text: operation.summary }));
          }
        }
        main.append(section);
      }
      if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
    }

    document.getElementById("search").addEventListener("input", (event) => {
      const wanted = event.target.value.trim().toLowerCase();
      document.querySelector("nav").classList.toggle("found", wanted !== "");
      for (const link of document.querySelectorAll("nav a")) {
        const found = `${link.textContent} ${link.title} ${link.hash}`.toLowerCase().includes(wanted);
        link.hidden = !found;
        link.classList.toggle("hit", found);
        link.style.display = found ? "" : "none";
      }
    });

    fetch("/openapi.json").then((reply) => reply.json()).then((found) => {
      api = found;
      show();
    }).catch((error) => {
      document.getElementById("content").textContent = `The document could not be shown: ${error.message}`;
    });
    </script>
    </body>
    </html>
    """#
}
