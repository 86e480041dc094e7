/* The snippet on the page at /: with the address that the reader really uses, and to copy. */
(() => {
  const snippet = document.getElementById("snippet");
  snippet.textContent = snippet.textContent.replace(/src="[^"]*\/widget\.js"/, `src="${location.origin}/widget.js"`);
  document.getElementById("copy").addEventListener("click", async () => {
    const said = document.getElementById("copied");
    try {
      await navigator.clipboard.writeText(snippet.textContent);
      said.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(snippet);
      said.textContent = "Selected: copy it with your keyboard";
    }
  });
})();
