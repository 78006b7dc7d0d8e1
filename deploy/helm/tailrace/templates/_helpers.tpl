{{- define "tailrace.labels" -}}
app.kubernetes.io/name: tailrace
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "tailrace.image" -}}
{{- with .Values.image -}}
{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end -}}
{{- end -}}

{{- define "tailrace.claim" -}}
{{ .Values.embedded.existingClaim | default (printf "%s-warehouse" .Release.Name) }}
{{- end -}}

{{/* Value of `secrets` → its setting and the roles that read it. A test compares them with core/config.ts. */}}
{{- define "tailrace.secretReaders" -}}
source: { variable: TAILRACE_SOURCE, roles: [replicate, snapshot, monitor, transform] }
warehouse: { variable: TAILRACE_WAREHOUSE, roles: [replicate, snapshot, compact, monitor, transform] }
httpToken: { variable: TAILRACE_HTTP_TOKEN, roles: [monitor] }
sqlToken: { variable: TAILRACE_SQL_TOKEN, roles: [compact] }
maskSalt: { variable: TAILRACE_MASK_SALT, roles: [replicate, snapshot, monitor, transform] }
alertWebhook: { variable: TAILRACE_ALERT_WEBHOOK, roles: [monitor] }
alertSmtp: { variable: TAILRACE_ALERT_SMTP, roles: [monitor] }
{{- end -}}

{{/* Name → Secret and variable, of the secrets that a role has here: dict "root" $ "role" name. */}}
{{- define "tailrace.secretsOf" -}}
{{- $values := .root.Values -}}
{{- range $name, $reader := include "tailrace.secretReaders" . | fromYaml }}
{{- $from := index $values.secrets $name }}
{{- $unused := or (and (eq $name "warehouse") $values.embedded.enabled) (and (eq $name "sqlToken") (not $values.embedded.enabled)) }}
{{- if and $from.secret (has $.role $reader.roles) (not $unused) }}
{{ $name }}: { variable: {{ $reader.variable }}, secret: {{ $from.secret | quote }}, key: {{ $from.key | quote }} }
{{- end }}
{{- end }}
{{- end -}}

{{/* One container: dict "root" $ "role" name "port" number. */}}
{{- define "tailrace.container" -}}
{{- $values := .root.Values -}}
{{- $role := index $values.roles .role -}}
{{- $secrets := include "tailrace.secretsOf" . | fromYaml -}}
{{- $ownsVolume := and $values.embedded.enabled (has .role (list "compact" "transform")) -}}
name: {{ .role }}
image: {{ include "tailrace.image" .root | quote }}
imagePullPolicy: {{ $values.image.pullPolicy }}
args: [{{ .role }}]
env:
  - name: TAILRACE_CONFIG
    value: /etc/tailrace/base.yaml,/etc/tailrace/{{ $values.environment }}.yaml,/etc/tailrace/values.yaml
  - name: TAILRACE_HTTP_HOST
    value: 0.0.0.0
  - name: TAILRACE_HTTP_PORT
    value: {{ .port | quote }}
  {{- if $secrets.sqlToken }}
  - name: TAILRACE_SQL_HOST
    value: 0.0.0.0
  {{- end }}
  {{- if eq .role "transform" }}
  - name: TAILRACE_MODELS
    value: {{ required "roles.transform.models is the folder of the models" $role.models | quote }}
  {{- end }}
  {{- range $name, $from := $secrets }}
  - name: {{ $from.variable }}_FILE
    value: /run/secrets/tailrace/{{ $name }}
  {{- end }}
  {{- with $values.lake.region }}
  - name: AWS_REGION
    value: {{ . | quote }}
  {{- end }}
  {{- with $values.lake.endpoint }}
  - name: AWS_ENDPOINT_URL_S3
    value: {{ . | quote }}
  {{- end }}
{{- with $values.lake.keysSecret }}
envFrom:
  - secretRef: { name: {{ . | quote }} }
{{- end }}
ports:
  - { name: {{ eq .role "transform" | ternary "transform" "probes" }}, containerPort: {{ .port }} }
  {{- if $secrets.sqlToken }}
  - { name: sql, containerPort: 8123 }
  {{- end }}
# Three minutes for a first start: loading the engine, creating slot and publications.
startupProbe:
  httpGet: { path: /healthz, port: {{ .port }} }
  periodSeconds: 5
  failureThreshold: 36
livenessProbe:
  httpGet: { path: /healthz, port: {{ .port }} }
  periodSeconds: 20
  timeoutSeconds: 5
# The monitor's /readyz says whether tables are fresh; its page is needed most when they are not.
readinessProbe:
  httpGet: { path: {{ eq .role "monitor" | ternary "/healthz" "/readyz" }}, port: {{ .port }} }
  periodSeconds: 10
  timeoutSeconds: 5
resources: {{- toYaml $role.resources | nindent 2 }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: { drop: [ALL] }
volumeMounts:
  - { name: settings, mountPath: /etc/tailrace, readOnly: true }
  - { name: tmp, mountPath: /tmp }
  # A folder of its own: the token of the ServiceAccount may lie beside it.
  - { name: secrets, mountPath: /run/secrets/tailrace, readOnly: true }
  {{- if $ownsVolume }}
  - { name: warehouse, mountPath: /data }
  {{- end }}
  {{- if and (eq .role "transform") $role.volume }}
  - { name: models, mountPath: {{ $role.models | quote }}, readOnly: true }
  {{- end }}
{{- end -}}
