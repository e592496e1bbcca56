"""Ask QGIS for the faces of the cases that reference_overlap.py wrote, and keep its answers.

Runs in the Python that QGIS comes with, not in that of parkgeo:

    QT_QPA_PLATFORM=offscreen /usr/bin/python3 tools/reference_overlap_qgis.py

"Union" of one layer cuts it by itself; a face that n zones cover is there n times, once with the
attributes of each.
"""

import json
import re
from collections import defaultdict
from pathlib import Path

from qgis.analysis import QgsNativeAlgorithms
from qgis.core import (
    Qgis,
    QgsApplication,
    QgsFeature,
    QgsGeometry,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsVectorLayer,
)

FOLDER = Path(__file__).parents[1] / "tests" / "reference" / "overlap"
COMMAND = "processing.run('native:union', {'INPUT': zones, 'OUTPUT': 'memory:'})"


def layer(zones: dict[str, str]) -> QgsVectorLayer:
    """Return the zones of a case as a layer without a CRS, in metres."""
    made = QgsVectorLayer("MultiPolygon?field=id:string", "zones", "memory")
    features = []
    for label, wkt in zones.items():
        feature = QgsFeature(made.fields())
        feature.setAttribute("id", label)
        shape = QgsGeometry.fromWkt(wkt)
        shape.convertToMultiType()
        feature.setGeometry(shape)
        features.append(feature)
    made.dataProvider().addFeatures(features)
    return made


def faces(zones: dict[str, str]) -> list[list[object]]:
    """Return sets of members, each with its ground."""
    union = QgsApplication.processingRegistry().createAlgorithmById("native:union")
    context = QgsProcessingContext()
    feedback = QgsProcessingFeedback()
    asked = {"INPUT": layer(zones), "OUTPUT": "memory:"}
    done, good = union.run(asked, context, feedback)
    if not good:
        raise RuntimeError(feedback.textLog())
    members, area = defaultdict(set), {}
    for feature in context.getMapLayer(done["OUTPUT"]).getFeatures():
        shape = feature.geometry()
        key = bytes(shape.asWkb())
        members[key].add(feature["id"])
        area[key] = shape.area()
    ground = defaultdict(float)
    for key, ids in members.items():
        ground[tuple(sorted(ids))] += area[key]
    return [[*ids, ground[ids]] for ids in sorted(ground)]


def answer(zones: dict[str, str]) -> dict[str, object]:
    """Return the faces, or the error: a tool that cannot answer is an answer too."""
    try:
        return {"faces": faces(zones)}
    except RuntimeError as error:
        return {"error": str(error).strip()}


def main() -> None:
    """Write qgis.json."""
    application = QgsApplication([], False)  # noqa: FBT003  # no windows
    application.initQgis()
    QgsApplication.processingRegistry().addProvider(QgsNativeAlgorithms())
    cases = json.loads((FOLDER / "cases.json").read_text(encoding="utf-8"))
    found = {case["name"]: answer(case["zones"]) for case in cases}
    version = f"QGIS {Qgis.QGIS_VERSION}, GEOS {Qgis.geosVersion()}"
    text = json.dumps(
        {"tool": "QGIS", "version": version, "faces": COMMAND, "answers": found},
        ensure_ascii=False,
        indent=1,
    )
    # Only rows of answers are lists of plain values.
    text = re.sub(r"\[\s+([^\[\]{}]+?)\s+\]", lambda m: f"[{' '.join(m[1].split())}]", text)
    (FOLDER / "qgis.json").write_text(text + "\n", encoding="utf-8")
    print(f"qgis: {len(found)} cases")


if __name__ == "__main__":
    main()
