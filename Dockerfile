# What is removed here would still lie in the layers of the base image: so the second stage is a single layer, from scratch.
FROM python:3.13-slim-bookworm AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_COMPILE=1 PIP_ROOT_USER_ACTION=ignore PYTHONDONTWRITEBYTECODE=1
WORKDIR /src

# Wheels only, each with a known hash; `make lock` writes the list.
COPY requirements.txt ./
RUN pip install --require-hashes --only-binary :all: -r requirements.txt

COPY pyproject.toml setup.cfg README.md LICENSE ./
COPY mockroster mockroster
RUN pip install --no-deps --no-index --no-build-isolation .

WORKDIR /usr/local/lib/python3.13

# Installers, graphical parts, and names of people whom district/names.py does not ask for.
RUN rm -rf /src /usr/local/include /usr/local/bin/pip* /usr/local/bin/idle* ensurepip idlelib lib-dynload/_tkinter.* pydoc_data \
      tkinter turtledemo site-packages/_distutils_hack site-packages/distutils-precedence.pth site-packages/pip site-packages/pip-* \
      site-packages/setuptools site-packages/setuptools-* \
 && find site-packages/faker/providers -mindepth 1 -maxdepth 2 -type d -regextype posix-extended \
      ! -regex '.*/(address|company|date_time|person)(/(en|en_US|es|es_MX))?' -prune -exec rm -r {} +

# Nobody can write bytecode later: it is made here, of all packages and of what they import from the standard library.
RUN unset PYTHONDONTWRITEBYTECODE && export PYTHONNODEBUGRANGES=1 \
 && python -m compileall -q site-packages \
 && mockroster generate --students 1 --out - >/dev/null \
 && python -c 'import mockroster.serving.process, mockroster.http.app, http.client, ssl'

COPY fixtures /usr/share/mockroster/fixtures
RUN useradd --uid 10001 --no-create-home --home-dir / --no-log-init mockroster && mkdir /fixtures


FROM scratch

COPY --from=build / /

LABEL org.opencontainers.image.title="mockroster" \
      org.opencontainers.image.description="A mock OneRoster server that integration tests are pointed at" \
      org.opencontainers.image.licenses="Apache-2.0"

ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
    MOCKROSTER_HOST=0.0.0.0 MOCKROSTER_FIXTURES=/fixtures

USER 10001:10001
EXPOSE 8080
HEALTHCHECK --interval=2s --timeout=5s --start-period=60s --retries=3 CMD ["mockroster", "ready"]
ENTRYPOINT ["mockroster"]
CMD ["serve"]
