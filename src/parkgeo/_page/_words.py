"""What every page says, whatever it shows."""

from typing import Final

from parkgeo._style import Text

__all__ = ["PAGE_WORDS"]

PAGE_WORDS: Final[dict[str, Text]] = {
    "basemap": Text("底图", "Basemap"),
    "plain": Text("无底图", "None"),
    "full_screen": Text("全屏", "Full screen"),
    "measure": Text("量测与绘制", "Measure and draw"),
    "measure_how": Text(
        "在地图上逐点单击；双击结束一个图形，Esc 退出。键盘：方向键移动地图，回车在图中心落点。",
        "Click point after point; a double click ends a shape, Esc leaves. By keyboard: arrows "
        "move the map, Enter puts a point in its middle.",
    ),
    "measure_next": Text("下一个", "Next shape"),
    "measure_clear": Text("清除", "Clear"),
    "export": Text("导出 GeoJSON", "Export GeoJSON"),
    "picture": Text("保存为图片", "Save as a picture"),
    "search": Text("查找名称", "Search by name"),
    "search_none": Text("没有找到", "Nothing found"),
}
