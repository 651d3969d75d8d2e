{{- define "mockroster.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 52 | trimSuffix "-" }}{{ else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 52 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "mockroster.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: server
{{- end }}

{{- define "mockroster.redisSelector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: redis
{{- end }}

{{- define "mockroster.labels" -}}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "mockroster.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- define "mockroster.hasStore" -}}
{{- if or .Values.redis.enabled .Values.store.url .Values.store.existingSecret }}true{{ end }}
{{- end }}

{{- define "mockroster.storeSecret" -}}
{{- if .Values.redis.enabled }}{{ include "mockroster.name" . }}-store{{ else }}{{ .Values.store.existingSecret | default (printf "%s-store" (include "mockroster.name" .)) }}{{ end }}
{{- end }}

{{- define "mockroster.storeKey" -}}
{{- if and .Values.store.existingSecret (not .Values.redis.enabled) }}{{ .Values.store.secretKey }}{{ else }}url{{ end }}
{{- end }}

{{- /* Values that contradict each other, in words. */ -}}
{{- define "mockroster.check" -}}
{{- if and .Values.redis.enabled (or .Values.store.url .Values.store.existingSecret) }}
{{- fail "redis.enabled: the chart's own Redis takes the place of store.url and store.existingSecret; give one of them" }}
{{- end }}
{{- if and .Values.store.url .Values.store.existingSecret }}
{{- fail "store.url and store.existingSecret: give one of them" }}
{{- end }}
{{- if not (include "mockroster.hasStore" .) }}
{{- if gt (int .Values.replicas) 1 }}
{{- fail (printf "replicas: %d pods share their state in a store; set store.url, store.existingSecret or redis.enabled" (int .Values.replicas)) }}
{{- end }}
{{- if gt (int .Values.workers) 1 }}
{{- fail (printf "workers: %d processes share their state in a store; set store.url, store.existingSecret or redis.enabled" (int .Values.workers)) }}
{{- end }}
{{- if .Values.autoscaling.enabled }}
{{- fail "autoscaling.enabled: pods share their state in a store; set store.url, store.existingSecret or redis.enabled" }}
{{- end }}
{{- end }}
{{- if and .Values.autoscaling.enabled (gt (int .Values.autoscaling.minReplicas) (int .Values.autoscaling.maxReplicas)) }}
{{- fail "autoscaling.minReplicas is more than autoscaling.maxReplicas" }}
{{- end }}
{{- if and .Values.fixtures .Values.existingFixtures }}
{{- fail "fixtures and existingFixtures: give one of them" }}
{{- end }}
{{- end }}
