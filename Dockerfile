# Airflow with the platform's DAGs, jobs, jars and Java. `astro dev start` and `astro deploy`
# build it. Nothing is downloaded once it runs.

# Runtime 3.3-8 carries Airflow 3.3.2, as uv.lock does. A -base image has no steps of its own
# that would run before these.
FROM astrocrpublic.azurecr.io/runtime:3.3-8-python-3.12-base AS base
USER root
WORKDIR /usr/local/airflow
COPY packages.txt ./
RUN apt-get update \
    && sed 's/#.*//' packages.txt | xargs apt-get install -y --no-install-recommends \
    && rm -rf /var/lib/apt/lists/*
ENV JAVA_HOME=/usr/lib/jvm/default-java

# The jars of pom.xml; Maven and its cache stay behind.
FROM base AS jars
RUN apt-get update && apt-get install -y --no-install-recommends curl unzip
COPY mvnw pom.xml ./
COPY .mvn .mvn
COPY include/gympulse/__init__.py include/gympulse/errors.py include/gympulse/
COPY include/gympulse/local/__init__.py include/gympulse/local/errors.py include/gympulse/local/
COPY include/gympulse/local/bootstrap include/gympulse/local/bootstrap
RUN --mount=type=cache,target=/root/.m2 \
    PYTHONPATH=include python -m gympulse.local.bootstrap.jars spark

FROM base
COPY requirements.txt requirements-build.txt ./
# What uv.lock says and nothing else; of the runtime's own packages those stay that fit. PySpark
# has no wheel: what builds it is locked too, where an environment of its own would not be.
RUN --mount=type=cache,target=/root/.cache/uv \
    uv pip install --system --no-deps --require-hashes --link-mode copy -r requirements-build.txt \
    && uv pip install --system --no-deps --require-hashes --compile-bytecode --link-mode copy \
    --no-build-isolation -r requirements.txt
COPY --from=jars /usr/local/airflow/.tools .tools
COPY --chown=astro:0 . .
# By .pth, as in the local environment: a PYTHONPATH that somebody sets does not hide it.
RUN printf '%s\n' "$PWD/include" "$PWD/plugins" \
    > "$(python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/gympulse.pth" \
    && python -m gympulse.local.spark_home .tools/jars/spark \
    && install -d -o astro -g 0 -m 775 lake

ENV AIRFLOW__CORE__LOAD_EXAMPLES=False \
    AIRFLOW__OPENLINEAGE__NAMESPACE=gympulse \
    AIRFLOW__OPENLINEAGE__EMISSION_POLICY='[{"scope":{},"controls":{"emit":false}},{"scope":{"operator":"gympulse_airflow.jobs.JobOperator"},"controls":{"emit":true}},{"scope":{"operator":"gympulse_airflow.copying.CopyOperator"},"controls":{"emit":true}},{"scope":{"dag_id":"erasure"},"controls":{"emit":false}},{"scope":{"dag_id":"maintenance"},"controls":{"emit":false}}]' \
    AIRFLOW__OPENLINEAGE__EXECUTE_IN_THREAD=True \
    AIRFLOW__USAGE_DATA_COLLECTION__ENABLED=False \
    LC_ALL=C.UTF-8 \
    PYTHONUNBUFFERED=1
USER astro
HEALTHCHECK --interval=30s --timeout=10s --start-period=120s \
    CMD ["python", "-m", "gympulse.local.image.health"]
