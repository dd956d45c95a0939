/** What goes into the document. */
export interface MarkupParts {
  readonly style: string;
  readonly script: string;
}

const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect width='32' height='32' rx='8' fill='%232f5bea'/%3E%3Cpath d='M10 7v18M10 16h7a4.5 4.5 0 0 1 0 9h-7M10 7h6a4.5 4.5 0 0 1 0 9' fill='none' stroke='%23fff' stroke-width='3'/%3E%3C/svg%3E";

/** The document: the frame that the script fills. */
export function markup({ style, script }: MarkupParts): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>API reference</title>
<link rel="icon" href="${ICON}">
<style>${style}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the operations</a>
<header class="top">
  <a class="brand" href="#content">
    <svg viewBox="0 0 32 32" width="26" height="26" aria-hidden="true"><rect width="32" height="32" rx="8"/><path d="M10 7v18M10 16h7a4.5 4.5 0 0 1 0 9h-7M10 7h6a4.5 4.5 0 0 1 0 9"/></svg>
    <span id="title">API</span><span id="version" class="chip"></span>
  </a>
  <div class="find" role="search">
    <label class="hidden" for="search">Search operations</label>
    <input id="search" type="search" placeholder="Search operations" autocomplete="off" spellcheck="false">
    <kbd aria-hidden="true">/</kbd>
  </div>
  <p id="count" class="hidden" role="status"></p>
</header>
<div class="frame">
  <nav id="contents" aria-label="Operations"></nav>
  <main id="content" tabindex="-1">
    <section class="intro">
      <h1 id="heading">API reference</h1>
      <p id="about"></p>
      <dl class="facts">
        <div><dt>Base URL</dt><dd><code id="base"></code></dd></div>
        <div><dt>Description</dt><dd><a href="/api/openapi.json">openapi.json</a></dd></div>
      </dl>
      <form id="access" class="access" autocomplete="off">
        <label for="token">Bearer token</label>
        <div class="row">
          <input id="token" type="password" autocomplete="off" spellcheck="false" placeholder="None: requests are sent as a guest" aria-describedby="token-note">
          <button type="button" id="reveal" class="quiet" aria-pressed="false">Show</button>
        </div>
        <p id="token-note" class="note">Sent with every request that you try. Kept in this page only, and gone when you leave it.</p>
      </form>
    </section>
    <div id="operations" aria-busy="true"><p class="state">Loading the description&hellip;</p></div>
  </main>
</div>
<noscript><p class="state">This page needs JavaScript. The description itself is at <a href="/api/openapi.json">/api/openapi.json</a>.</p></noscript>
<script>"use strict";
${script}</script>
</body>
</html>
`;
}
