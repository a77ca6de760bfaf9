"""What Airflow itself loads: the dashboard's pages in its navigation, and who serves them."""

from airflow.plugins_manager import AirflowPlugin

from gympulse_airflow.serving import PREFIX, VIEWS, serve


class GympulsePlugin(AirflowPlugin):
    """Pages Gyms, Workouts, Health and Platform, and the REST API below ``/gympulse``."""

    name = "gympulse"
    fastapi_apps = [{"app": serve, "url_prefix": PREFIX, "name": "Gympulse"}]
    external_views = VIEWS
