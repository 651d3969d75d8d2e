// The API explorer: Swagger UI over one document, with a token from the dashboard.

const { prefix } = document.body.dataset;
let token = "";

async function authorize() {
  const response = await fetch(`${prefix}/ui/token`, { method: "POST" });
  if (response.status === 401) return location.assign(`${prefix}/ui`);
  const answer = await response.json();
  token = answer.access_token;
  document.getElementById("authorized").textContent = `authorized as ${answer.client}`;
}

const dark = matchMedia("(prefers-color-scheme: dark)");
const setTheme = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", setTheme);
setTheme();

document.getElementById("authorize").addEventListener("click", authorize);

window.SwaggerUIBundle({
  url: document.getElementById("explorer").dataset.document,
  domNode: document.getElementById("swagger"),
  deepLinking: true,
  docExpansion: "list",
  filter: true,
  validatorUrl: null,
  requestInterceptor(request) {
    if (token && !request.loadSpec && !request.headers.Authorization) request.headers.Authorization = `Bearer ${token}`;
    return request;
  },
});
